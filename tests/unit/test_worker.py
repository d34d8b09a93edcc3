"""One thread beside the event loop."""

import asyncio
from threading import Event

import pytest

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


def test_an_event_loop_is_told_what_the_work_returns_or_raises_in_the_order_in_which_it_came() -> None:
    worker = Worker("test")
    done: list[int] = []

    def noted(number: int) -> int:
        done.append(number)
        return number

    async def test() -> None:
        assert (
            await asyncio.gather(*(worker.answer(lambda number=number: noted(number)) for number in range(5))) == done
        )
        with pytest.raises(ZeroDivisionError):
            await worker.answer(lambda: 1 // 0)
        assert await worker.answer(lambda: noted(9)) == 9

    asyncio.run(test())
    assert done == [0, 1, 2, 3, 4, 9]
    worker.close()


def test_who_waits_no_more_is_passed_over_and_holds_nobody_up() -> None:
    worker, gate, done = Worker("test"), Event(), []

    async def test() -> None:
        under_way = asyncio.ensure_future(worker.answer(gate.wait))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await worker.answer(lambda: done.append("late"))
        under_way.cancel()
        gate.set()
        assert await worker.answer(lambda: "after") == "after"

    asyncio.run(test())
    assert not done
    worker.close()


def test_a_worker_lives_on_where_the_loop_that_waited_has_ended_and_refuses_when_closed() -> None:
    worker, gate = Worker("test"), Event()

    async def left() -> None:
        waiting = asyncio.ensure_future(worker.answer(gate.wait))
        await asyncio.sleep(0)
        assert not waiting.done()

    asyncio.run(left())
    gate.set()
    assert worker.ask(lambda: 3).result(30.0) == 3
    worker.close()
    with pytest.raises(TimeoutError, match="ended"):
        asyncio.run(worker.answer(lambda: 4))
