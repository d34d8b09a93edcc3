"""Whatever is done to the file of entries, no wrong answer is served and the start never fails.

300 mutations by default; PANTLER_MUTATIONS=10000 makes as many as are promised for a release.
"""

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pantler.core.asks import Entry
from pantler.stores.sqlite import SQLite

MUTATIONS = int(os.environ.get("PANTLER_MUTATIONS", "300"))
FILE = "entries.sqlite"
SECRET = b"secret"
Damage = Callable[[Path, random.Random], None]


def entries() -> dict[int, Entry]:
    chance = random.Random(5)
    return {
        number * 2**120: Entry(chance.randbytes(chance.randrange(6000)), "small", "blue", "smart", float(number))
        for number in range(1, 41)
    }


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder as it is after a clean end, and one as a killed process leaves it."""
    ended, killed = tmp_path_factory.mktemp("ended"), tmp_path_factory.mktemp("killed")

    async def write() -> None:
        store = SQLite(ended, secret=SECRET)
        store.load(0.0)
        for key, entry in entries().items():
            store.put(key, entry)
        await store.acked()
        shutil.copytree(ended, killed, dirs_exist_ok=True)
        await store.close()

    asyncio.run(write())
    assert (killed / f"{FILE}-wal").stat().st_size > 0
    return ended, killed


def flip_a_bit(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def zero_a_page(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content)) // 4096 * 4096
    content[start : start + 4096] = bytes(len(content[start : start + 4096]))
    path.write_bytes(content)


def write_over_a_stretch(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content))
    stretch = content[start : start + chance.randrange(1, 200)]
    content[start : start + len(stretch)] = chance.randbytes(len(stretch))
    path.write_bytes(content)


def swap(columns: str) -> Damage:
    """Give one row another's columns."""

    def damage(path: Path, chance: random.Random) -> None:
        one, other = chance.sample(range(1, 41), 2)
        with sqlite3.connect(path) as connection:
            row = connection.execute(f"SELECT {columns} FROM entries WHERE number = ?", (other,)).fetchone()
            places = ", ".join(f"{column} = ?" for column in columns.split(", "))
            connection.execute(f"UPDATE entries SET {places} WHERE number = ?", (*row, one))
        connection.close()

    return damage


def forge(path: Path, chance: random.Random) -> None:
    """Put in a row that nobody sealed, or of another type, or sealed with another secret."""
    value = chance.choice([b"", "text", None, 5, 2.5, chance.randbytes(50)])
    mac = chance.choice([chance.randbytes(16), None, "text", b"", 7])
    key = chance.choice([(2**120).to_bytes(16), (99).to_bytes(16), b"", None, "key", 3])
    number = chance.choice([1, 99, -5, 2**63 - 1])
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (number, key, value, mac))
    connection.close()


def change_the_schema(path: Path, chance: random.Random) -> None:
    statements = ["DROP TABLE entries", "ALTER TABLE entries RENAME COLUMN mac TO seal", "DROP TABLE quarantine"]
    statements += ["CREATE TRIGGER t DELETE ON entries BEGIN INSERT INTO entries VALUES (old.number,1,2,3); END"]
    statements += ["DROP TABLE entries; CREATE VIEW entries AS SELECT 1 AS number, 2 AS key, 3 AS value, 4 AS mac"]
    statements += ["PRAGMA user_version = 0", "PRAGMA user_version = 77"]
    with sqlite3.connect(path) as connection:
        connection.executescript(chance.choice(statements))
    connection.close()


DAMAGES: list[Damage] = [
    flip_a_bit, cut, zero_a_page, write_over_a_stretch, swap("value"), swap("value, mac"), swap("key"), forge,
    change_the_schema,
]  # fmt: skip


@pytest.mark.promise("S6")
def test_no_mutation_of_the_file_serves_a_wrong_answer_or_fails_the_start(
    originals: tuple[Path, Path], tmp_path: Path
) -> None:
    right = entries()
    served = 0
    for number in range(MUTATIONS):
        chance = random.Random(number)
        folder = tmp_path / str(number)
        shutil.copytree(chance.choice(originals), folder)
        damage = chance.choice(DAMAGES)
        path = folder / (f"{FILE}-wal" if damage in DAMAGES[:4] and (folder / f"{FILE}-wal").exists() else FILE)
        damage(path, chance)
        served += asyncio.run(serve(folder, right, f"mutation {number}: {damage}"))
        shutil.rmtree(folder)
    assert served > MUTATIONS * 20  # most of what is undamaged is still there


async def serve(folder: Path, right: dict[int, Entry], what: str) -> int:
    """Start on the file, twice, and go on with it; how many entries the first start served."""
    store = SQLite(folder, secret=SECRET)
    loaded = store.load(0.0)
    assert all(entry == right[key] and store.get(key) == entry for key, entry in loaded), what
    store.put(7, right[2**120])
    assert store.get(7) == right[2**120], what
    await store.close()
    again = SQLite(folder, secret=SECRET)
    expected = {**right, 7: right[2**120]}
    assert all(entry == expected[key] for key, entry in again.load(0.0)), what
    assert again.get(7) is not None, what
    await again.close()
    return len(loaded)


def test_what_is_damaged_is_counted_and_kept_aside(originals: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(originals[0], tmp_path, dirs_exist_ok=True)
    swap("value, mac")(tmp_path / FILE, random.Random(1))
    store = SQLite(tmp_path, secret=SECRET)
    assert len(store.load(0.0)) == 39
    assert store.health.quarantined == 1
    asyncio.run(store.close())
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (1,)
    connection.close()


def test_what_is_kept_aside_is_bounded_over_starts(
    originals: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pantler.stores.sqlite.QUARANTINE", 30)
    shutil.copytree(originals[0], tmp_path, dirs_exist_ok=True)
    for secret in (b"another", SECRET):  # what is written between the two is damaged to the second
        store = SQLite(tmp_path, secret=secret)
        assert store.load(0.0) == []
        for key in range(20):
            store.put(key, Entry(b"{}", "m", "t", "r", 0.0))
        asyncio.run(store.close())
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (30,)
    connection.close()


@pytest.mark.promise("S6")
def test_entries_sealed_with_another_secret_are_not_served(originals: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(originals[0], tmp_path, dirs_exist_ok=True)
    store = SQLite(tmp_path, secret=b"another")
    assert store.load(0.0) == []
    assert store.health.quarantined == 40
    asyncio.run(store.close())
