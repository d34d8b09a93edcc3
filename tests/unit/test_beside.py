import errno
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from pantler.disk.beside import Beside

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="threads are placed on Linux alone")


def places_after(beside: Beside) -> set[int]:
    """Where a thread that follows may run."""

    def follow() -> set[int]:
        beside.follow()
        return os.sched_getaffinity(0)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(follow).result()


def gone(beside: Beside) -> None:
    """Return once the thread that is followed has left the system too, which may be some time after it was joined."""
    assert beside._stat is not None
    while beside._stat.exists():
        os.sched_yield()


def test_who_follows_runs_on_one_processor_where_the_other_may_run() -> None:
    found = places_after(Beside())
    assert len(found) == 1
    assert found <= os.sched_getaffinity(0)


def test_the_thread_that_is_followed_is_left_where_it_may_run() -> None:
    before = os.sched_getaffinity(0)
    places_after(Beside())
    assert os.sched_getaffinity(0) == before


def test_once_the_other_has_ended_a_thread_runs_anywhere_again() -> None:
    made: list[Beside] = []
    other = Thread(target=lambda: made.append(Beside()))
    other.start()
    other.join()
    gone(made[0])
    assert places_after(made[0]) == os.sched_getaffinity(0)


def test_a_thread_that_has_followed_one_that_ends_is_let_go() -> None:
    followed = ThreadPoolExecutor(1)
    beside = followed.submit(Beside).result()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(beside.follow).result()
        assert len(pool.submit(os.sched_getaffinity, 0).result()) == 1
        followed.shutdown()
        gone(beside)
        pool.submit(beside.follow).result()
        assert pool.submit(os.sched_getaffinity, 0).result() == os.sched_getaffinity(0)


def test_a_follower_that_may_be_nowhere_else_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, places: Iterable[int]) -> None:
        raise OSError(errno.EINVAL, f"none of {places} is left")

    followed = ThreadPoolExecutor(1)
    beside = followed.submit(Beside).result()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(beside.follow).result()
        (place,) = pool.submit(os.sched_getaffinity, 0).result()
        followed.shutdown()
        gone(beside)
        monkeypatch.setattr(os, "sched_setaffinity", refuse)
        pool.submit(beside.follow).result()
        assert pool.submit(os.sched_getaffinity, 0).result() == {place}
