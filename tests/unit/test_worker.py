"""One thread beside the event loop."""

from pantler.live.worker import Worker


def test_nothing_is_late_once_what_was_asked_is_there() -> None:
    now = [0.0]
    worker = Worker("test", lambda: now[0])
    late: list[bool] = []

    def work() -> None:
        now[0] += 10.0

    future = worker.ask(work)
    future.add_done_callback(lambda _: late.append(worker.is_late(1.0)))
    future.result(30.0)
    worker.ask(lambda: None).result(30.0)
    assert late == [False]
    worker.close()
