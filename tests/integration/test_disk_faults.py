"""The disk may go away, fill up or be locked; answers keep flowing and the file follows once it can."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pantler.core.asks import Entry
from pantler.core.errors import StoreError
from pantler.core.rows import Row
from pantler.disk import file as disk_file
from pantler.disk import writer as disk_writer
from pantler.disk.file import File
from pantler.ledgers.rows import Rows
from pantler.stores.sqlite import SQLite

SECRET = b"secret"
LIMIT = 60.0  # seconds until a test gives up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once, so that no test waits."""
    monkeypatch.setattr(disk_writer, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(disk_file, "BUSY_SECONDS", 0.01)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pages the disk has room for; SQLite itself says that it is full beyond them."""
    room = [1_000_000]
    connect = File.connect

    def cramped(self: File) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute(f"PRAGMA max_page_count = {room[0]}")
        return connection

    monkeypatch.setattr(File, "connect", cramped)
    return room


def run(body: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(body, LIMIT))


async def until(condition: Callable[[], object]) -> None:
    """Let other threads work until it holds."""
    while not condition():
        await asyncio.sleep(0.001)


def entry(number: int) -> Entry:
    return Entry(bytes([number % 256]) * 3000, "small", "blue", "smart", float(number))


def reopened(folder: Path) -> dict[int, Entry]:
    """What a restart serves from a copy of the files as they are now."""
    copy = folder.with_name(folder.name + "-copy")
    shutil.copytree(folder, copy)
    store = SQLite(copy, secret=SECRET)
    loaded = dict(store.load(0.0))
    store._writer.close()
    return loaded


def row(number: int) -> Row:
    return Row(
        f"dec_{number}", float(number), "blue", "smart", "00", 1, "hit", "exact", 200, "auto", "single", "small", 1, 1,
        (), (), 0, 0, 0, 0, "measured", 1.0, 0.0,
    )  # fmt: skip


def test_a_full_disk_turns_the_store_memory_only_and_it_follows_once_there_is_room(
    tmp_path: Path, pages: list[int]
) -> None:
    async def body() -> None:
        pages[0] = 12
        store = SQLite(tmp_path / "s", secret=SECRET)
        store.load(0.0)
        for number in range(100):
            store.put(number, entry(number))
        await until(lambda: store.health.failing)
        assert "full" in store.health.failing
        for number in range(0, 100, 2):
            store.drop(number)
        store.put(1, entry(200))
        assert store.get(1) == entry(200)
        assert store.get(2) is None
        with pytest.raises(StoreError, match="full"):
            await store.acked()
        pages[0] = 1_000_000
        await until(lambda: not store.health.failing)
        await store.acked()
        expected = {number: entry(number) for number in range(3, 100, 2)} | {1: entry(200)}
        assert reopened(tmp_path / "s") == expected
        await store.close()

    run(body())


def test_rows_wait_for_room_on_a_full_disk_and_none_that_fits_the_queue_is_lost(
    tmp_path: Path, pages: list[int]
) -> None:
    async def body() -> None:
        pages[0] = 8
        rows = Rows(tmp_path, durability="strict", queue_bytes=600 * 1024)
        rows.open()
        taken = [number for number in range(1000) if rows.append(row(number))]
        await until(lambda: rows.health.failing)
        assert 500 < len(taken) < 1000
        assert rows.health.lost == 1000 - len(taken)
        with pytest.raises(StoreError):
            await rows.acked()
        assert await rows.find("dec_5") == row(5)
        pages[0] = 1_000_000
        await until(lambda: not rows.health.failing)
        await rows.acked()
        await rows.close()
        with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
            found = {decision for (decision,) in connection.execute("SELECT decision FROM rows")}
        connection.close()
        assert found == {f"dec_{number}" for number in taken}

    run(body())


def test_a_disk_that_is_full_is_not_tried_again_for_every_row(
    tmp_path: Path, pages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        monkeypatch.setattr(disk_writer, "RETRY_SECONDS", 1e6)
        pages[0] = 8
        rows = Rows(tmp_path)
        rows.open()
        for number in range(2000):
            rows.append(row(number))
        await until(lambda: rows.health.failing)
        for number in range(2000, 4000):
            rows.append(row(number))
            await asyncio.sleep(0)
        assert rows.health.failures == 1
        await rows.close()
        assert rows.health.failures <= 3  # the end tries once more, or twice

    run(body())


@pytest.mark.parametrize("kind", ["store", "rows"])
def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path, kind: str) -> None:
    async def body() -> None:
        folder = tmp_path / "folder"
        folder.write_text("in the way")
        made: SQLite | Rows = SQLite(folder, secret=SECRET) if kind == "store" else Rows(folder)
        begin(made)
        feed(made)
        assert made.health.failing
        folder.unlink()
        await until(lambda: not made.health.failing)
        await made.acked()
        assert (folder / ("entries.sqlite" if kind == "store" else "ledger.sqlite")).exists()
        await made.close()

    run(body())


def begin(made: SQLite | Rows) -> None:
    if isinstance(made, SQLite):
        assert made.load(0.0) == []
    else:
        made.open()


def feed(made: SQLite | Rows) -> None:
    if isinstance(made, SQLite):
        made.put(1, entry(1))
    else:
        made.append(row(1))


def test_a_folder_that_is_removed_under_way_is_made_again_with_all_entries(tmp_path: Path) -> None:
    async def body() -> None:
        folder = tmp_path / "s"
        store = SQLite(folder, secret=SECRET)
        store.load(0.0)
        store.put(1, entry(1))
        await store.acked()
        shutil.rmtree(folder)
        store.put(2, entry(2))
        await store.acked()
        await until((folder / "entries.sqlite").exists)
        await store.acked()
        assert reopened(folder) == {1: entry(1), 2: entry(2)}
        await store.close()

    run(body())


def test_a_file_that_another_process_holds_leaves_the_store_in_memory_until_it_is_free(tmp_path: Path) -> None:
    async def body() -> None:
        holder = SQLite(tmp_path / "s", secret=SECRET)
        holder.load(0.0)
        holder.put(1, entry(1))
        await holder.acked()
        store = SQLite(tmp_path / "s", secret=SECRET)
        assert store.load(0.0) == []
        assert "locked" in store.health.failing
        store.put(2, entry(2))
        assert store.get(2) == entry(2)
        await holder.close()
        await until(lambda: not store.health.failing)
        await store.acked()
        assert reopened(tmp_path / "s") == {2: entry(2)}
        await store.close()

    run(body())


def test_a_reader_that_holds_the_ledger_does_not_stop_it(tmp_path: Path) -> None:
    async def body() -> None:
        rows = Rows(tmp_path)
        rows.open()
        rows.append(row(1))
        await rows.acked()
        reader = sqlite3.connect(tmp_path / "ledger.sqlite")
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM rows").fetchone() == (1,)
        for number in range(2, 3000):
            rows.append(row(number))
        await rows.acked()
        assert reader.execute("SELECT count(*) FROM rows").fetchone() == (1,)
        reader.close()
        await rows.close()
        assert rows.health.failures == 0

    run(body())


def test_a_file_that_is_damaged_under_way_is_set_aside_and_written_anew(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLite(tmp_path / "s", secret=SECRET)
        store.load(0.0)
        for number in range(50):
            store.put(number, entry(number))
        await store.acked()
        store._writer._connection.execute("DROP TABLE entries")  # type: ignore[union-attr]
        store.put(50, entry(50))
        await until(lambda: store.health.damaged_files)
        await until(lambda: not store.health.failing)
        await store.acked()
        assert reopened(tmp_path / "s") == {number: entry(number) for number in range(51)}
        await store.close()

    run(body())


def test_an_entry_that_cannot_be_written_is_counted_and_keeps_no_other_from_the_file(tmp_path: Path) -> None:
    async def body() -> None:
        store = SQLite(tmp_path / "s", secret=SECRET)
        store.load(0.0)
        store.put(1, structs.replace(entry(1), paid=1 << 64))
        store.put(2, entry(2))
        await store.acked()
        assert (store.health.failing, store.health.lost) == ("", 1)
        assert reopened(tmp_path / "s") == {2: entry(2)}
        await store.close()

    run(body())


def test_who_waits_for_a_commit_after_the_end_is_told_that_there_is_none(tmp_path: Path) -> None:
    async def body() -> None:
        rows = Rows(tmp_path, durability="strict")
        rows.open()
        await rows.close()
        with pytest.raises(StoreError, match="closed"):
            await rows.acked()

    run(body())
