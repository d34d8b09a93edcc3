"""Who queues and who writes take turns at the interpreter."""

import asyncio
import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from pantler.disk import writer as disk_writer
from pantler.disk.file import File
from pantler.disk.health import Health
from pantler.disk.writer import Writer

MANY = 100
LONG_SECONDS = 60.0


class Told:
    """A queue that holds nothing, and tells when it is written."""

    def __init__(self, file: File, told: Callable[[], None]) -> None:
        self.connect = file.connect
        self._told = told

    def write(self, connection: sqlite3.Connection) -> bool:
        self._told()
        return False

    def written(self) -> None:
        return None

    def failed(self) -> None:
        return None


@contextmanager
def writing(folder: Path, told: Callable[[], None]) -> Iterator[Writer]:
    """A writer at work, that tells whenever it hands something to SQLite."""
    file = File(folder / "some.sqlite", ())
    queue = Told(file, told)
    writer = Writer(queue, file, Health("some"), syncs=False)
    writer.start(queue.connect())
    yield writer
    writer.close()


def test_who_queues_much_stands_still_while_it_is_handed_to_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_writer, "COME_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(disk_writer, "REST_SECONDS", LONG_SECONDS)
    is_queueing = False
    seen: list[bool] = []
    with writing(tmp_path, lambda: seen.append(is_queueing)) as writer:
        while not seen:
            is_queueing = True
            writer.wake(MANY)
            is_queueing = False
        writer.wake(1)  # what is left is written at the end
        first = seen[0]
    assert first


def test_a_writer_whom_nobody_meets_writes_anyway(tmp_path: Path) -> None:
    written = Event()
    with writing(tmp_path, written.set) as writer:
        writer.wake(MANY)
        assert written.wait(LONG_SECONDS)


def test_for_little_nobody_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_writer, "COME_SECONDS", 1e6)
    written = Event()
    with writing(tmp_path, written.set) as writer:
        writer.wake(1)
        assert written.wait(LONG_SECONDS)


def test_who_queues_does_not_wait_for_a_disk_that_takes_its_time(tmp_path: Path) -> None:
    began, goes_on = Event(), Event()
    waited: list[bool] = []

    def slowly() -> None:
        began.set()
        waited.append(goes_on.wait(LONG_SECONDS))

    with writing(tmp_path, slowly) as writer:
        while not began.is_set():
            writer.wake(MANY)
        goes_on.set()  # too late by who stands still for as long as that takes
    assert waited[0]


def test_while_the_file_cannot_be_written_nobody_stands_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_writer, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(disk_writer, "COME_SECONDS", LONG_SECONDS)
    tried, is_full = Event(), True

    def refused() -> None:
        tried.set()
        if is_full:
            raise OSError(errno.ENOSPC, "the disk is full")

    with writing(tmp_path, refused) as writer:
        writer.wake(1)
        assert tried.wait(LONG_SECONDS)
        while not writer.health.failing:
            writer.wake(MANY)
        for _ in range(10):  # tries, none of which waits for who queues
            writer.wake(MANY)
            tried.clear()
            assert tried.wait(LONG_SECONDS / 2)
        is_full = False
    assert writer.health.failing == ""


def test_where_the_commit_is_waited_for_nobody_is_met_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_writer, "COME_SECONDS", LONG_SECONDS)
    began, goes_on = Event(), Event()

    def held() -> None:
        began.set()
        goes_on.wait(LONG_SECONDS)

    async def body(writer: Writer) -> None:
        first = asyncio.ensure_future(writer.acked())
        assert await asyncio.to_thread(began.wait, LONG_SECONDS)
        second = asyncio.ensure_future(writer.acked())
        await asyncio.sleep(0)  # by now it waits
        writer.wake(MANY)
        goes_on.set()
        await asyncio.wait_for(asyncio.gather(first, second), LONG_SECONDS / 2)

    with writing(tmp_path, held) as writer:
        asyncio.run(body(writer))


def test_all_that_was_queued_before_is_acked_while_more_comes(tmp_path: Path) -> None:
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1

    async def body(writer: Writer) -> None:
        for _ in range(20):
            before = count
            writer.wake(MANY)
            await writer.acked()
            assert count > before

    with writing(tmp_path, counted) as writer:
        asyncio.run(body(writer))
