"""What persistence costs: CPU per ledger row and per put, and a restart of 100,000 entries.

Each is set beside plain sqlite3 in the same run: the same rows by executemany, 256 a commit, into a table without an
index; the same entries' bytes by executemany; one SELECT that reads the whole file. What one statement for 256 rows
saves against executemany into the same table stands apart. CPU is that of the whole process, the writer's thread
included. The median of the repeats is printed and goes, with commit, versions and seed, into results/persist.csv.

    python benchmarks/persist.py [--rows N] [--entries N] [--repeats N] [--out FILE]
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any

import msgspec
from _record import provenance, write

from pantler import build
from pantler.core.asks import Entry
from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.cost import Price, Tokens
from pantler.core.engine import Engine
from pantler.core.restoring import restore
from pantler.core.rows import Alike, Asked, Candidate, Row
from pantler.core.snapshot import snapshot
from pantler.core.types import Miss, Outcome, Query
from pantler.estimators.mean import Mean
from pantler.ledgers import schema
from pantler.ledgers.rows import Rows
from pantler.multiplexers.single import Single
from pantler.stores.sqlite import SQLite

SEED = 1
BATCH = 256
NOW = 1.8e9
SECRET = b"secret"
RESULTS = Path(__file__).parent / "results" / "persist.csv"
PRICE = Price(2_500_000, 10_000_000)


def row(chance: random.Random, number: int, *, is_hit: bool) -> Row:
    """A row as the gateway writes it for a hit, or for a miss that weighed two models and asked one."""
    now = NOW + number * 1e-4
    tokens = Tokens(100, 20)
    candidates = () if is_hit else (Candidate(("a",), 1e5, 0.2, 0.1, 0.9), Candidate(("b",), 2e5, 0.5, 0.05, 0.1))
    asked = () if is_hit else (Asked("a", tokens, PRICE, "config", 450_000, 0.0, 0.1, 0.2),)
    return Row(
        f"dec_{number:012x}{chance.randbytes(10).hex()}", now, "blue", "smart", chance.randbytes(16).hex(), 1100,
        "hit" if is_hit else "miss", "exact" if is_hit else "least expected cost", 200, "auto", "tabular", "a", 100, 20,
        candidates, asked, 0 if is_hit else 450_000, 450_000 if is_hit else 0, 0, 450_000, "measured", 1.0, 0.0003,
        "a", PRICE,
    )  # fmt: skip


def entries(count: int, body_bytes: int) -> dict[int, Entry]:
    """Stored answers of about so many bytes."""
    chance = random.Random(SEED)
    return {
        chance.getrandbits(128): Entry(chance.randbytes(body_bytes), "a", "blue", "smart", NOW) for _ in range(count)
    }


@contextmanager
def folder() -> Iterator[Path]:
    """A new one, removed afterwards."""
    made = Path(mkdtemp(prefix="pantler-persist-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def cpu_us(work: Callable[[], object], count: int) -> float:
    """Microseconds of CPU for each of `count` operations."""
    began = time.process_time()
    work()
    return 1e6 * (time.process_time() - began) / count


def append(rows: Sequence[Row | Alike]) -> float:
    """CPU of appending rows as they would come, until all are committed."""

    async def work() -> None:
        for place in range(0, len(rows), 50):  # as many as one turn of a busy loop brings
            for each in rows[place : place + 50]:
                ledger.append(each)
            await (ledger.acked() if place % 5000 == 0 else asyncio.sleep(0))  # the queue is bounded
        await ledger.acked()

    with folder() as place:
        ledger = Rows(place)
        ledger.open()
        spent = cpu_us(lambda: asyncio.run(work()), len(rows))
        asyncio.run(ledger.close())
        assert not ledger.health.lost
    return spent


def insert(columns: int, values: Iterable[tuple[Any, ...]], count: int) -> float:
    """CPU of plain sqlite3 for the same values, made beforehand."""
    batches = batched(values)
    with folder() as place:
        connection = sqlite3.connect(place / "plain.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"CREATE TABLE plain ({', '.join(f'c{number}' for number in range(columns))})")
        statement = f"INSERT INTO plain VALUES ({','.join('?' * columns)})"

        def work() -> None:
            for batch in batches:
                connection.execute("BEGIN")
                connection.executemany(statement, batch)
                connection.execute("COMMIT")

        spent = cpu_us(work, count)
        connection.close()
    return spent


def insert_rows(values: list[list[Any]], *, at_once: bool) -> float:
    """CPU of inserting into the ledger's own table, 256 rows as one statement or by executemany."""
    batches = batched(values)
    with folder() as place:
        connection = schema.file(place).connect()

        def work() -> None:
            for batch in batches:
                connection.execute("BEGIN IMMEDIATE")
                if at_once:
                    connection.execute(schema.insert(len(batch)), schema.bound(batch))
                else:
                    connection.executemany(schema.insert(1), batch)
                connection.execute("COMMIT")

        spent = cpu_us(work, len(values))
        connection.close()
    return spent


def batched(values: Iterable[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """The values, 256 at a time."""
    rest, batches = iter(values), []
    while batch := list(islice(rest, BATCH)):
        batches.append(batch)
    return batches


def put(kept: dict[int, Entry]) -> float:
    """CPU of putting entries until all are committed."""

    async def work() -> None:
        for number, (key, entry) in enumerate(kept.items()):
            store.put(key, entry)
            if number % 50 == 0:
                await asyncio.sleep(0)
        await store.acked()

    with folder() as place:
        store = SQLite(place, secret=SECRET)
        store.load(NOW)
        spent = cpu_us(lambda: asyncio.run(work()), len(kept))
        asyncio.run(store.close())
    return spent


def engine(capacity: int) -> Engine:
    """With the default policy."""
    return Engine(Cache(build.policy("auto"), capacity), Single(Beliefs({"a": Mean(1.0)})))


def restart(kept: dict[int, Entry], repeats: int) -> list[tuple[float, float]]:
    """CPU until a restart is ready to serve, and that of one SELECT over the same file."""
    capacity = 2 * sum(entry.size_bytes for entry in kept.values())
    live = engine(capacity)
    for key, entry in kept.items():
        looked = live.look(Query(key, entry.size_bytes, route="smart"))
        assert isinstance(looked, Miss)
        live.learn(Outcome(looked.query, "a", 1.0, size_bytes=entry.size_bytes))
    learned = b"".join(snapshot(live))
    with folder() as place:
        store = SQLite(place, secret=SECRET)
        store.load(NOW)
        for key, entry in kept.items():
            store.put(key, entry)
        asyncio.run(store.acked())
        asyncio.run(store.close())
        return [(ready(place, capacity, learned, len(kept)), selected(place, len(kept))) for _ in range(repeats)]


def ready(place: Path, capacity: int, learned: bytes, count: int) -> float:
    """Seconds of CPU from nothing to an engine that ranks every entry."""
    began = time.process_time()
    store = SQLite(place, secret=SECRET)
    restored = restore(engine(capacity), learned, store.load(NOW))
    took = time.process_time() - began
    assert restored.ranked == count
    asyncio.run(store.close())
    return took


def selected(place: Path, count: int) -> float:
    """Seconds of CPU for plain sqlite3 to read every row."""
    began = time.process_time()
    connection = sqlite3.connect(place / "entries.sqlite")
    found = connection.execute("SELECT * FROM entries").fetchall()
    took = time.process_time() - began
    connection.close()
    assert len(found) == count
    return took


def measured(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Each figure beside its plain one."""
    for name, is_hit in (("ledger row of a hit", True), ("ledger row of a miss", False)):
        chance = random.Random(SEED)
        rows = [row(chance, number, is_hit=is_hit) for number in range(options.rows)]
        ours = [append(rows) for _ in range(options.repeats)]
        values = [schema.values(each) for each in rows]
        plain = [insert(len(values[0]), values, len(rows)) for _ in range(options.repeats)]
        yield figure(name, "us CPU", ours, plain)
        at_once = [insert_rows(values, at_once=True) for _ in range(options.repeats)]
        by_many = [insert_rows(values, at_once=False) for _ in range(options.repeats)]
        yield figure(f"{name}, only inserted: one statement beside executemany", "us CPU", at_once, by_many)
    chance = random.Random(SEED)
    like = row(chance, 0, is_hit=True)
    others = (row(chance, number, is_hit=True) for number in range(options.rows))
    alike = [Alike(like, each.decision, each.time, each.seconds) for each in others]
    ours = [append(alike) for _ in range(options.repeats)]
    rows = [each.row for each in alike]
    values = [schema.values(each) for each in rows]
    plain = [insert(len(values[0]), values, len(rows)) for _ in range(options.repeats)]
    yield figure("ledger row of a hit, all on one answer", "us CPU", ours, plain)
    for size in (600, 8000):
        kept = entries(options.rows // 3, size)
        ours = [put(kept) for _ in range(options.repeats)]
        encoded = [(key.to_bytes(16), msgspec.msgpack.encode(entry)) for key, entry in kept.items()]
        plain = [insert(2, encoded, len(kept)) for _ in range(options.repeats)]
        yield figure(f"put of {size} bytes", "us CPU", ours, plain)
    pairs = restart(entries(options.entries, 600), options.repeats)
    yield figure(f"restart of {options.entries} entries", "s CPU", *map(list, zip(*pairs, strict=True)))


def figure(name: str, unit: str, ours: list[float], plain: list[float]) -> dict[str, object]:
    """The medians and their ratio."""
    found, beside = median(ours), median(plain)
    return {
        "what": name,
        "unit": unit,
        "pantler": round(found, 3),
        "sqlite3": round(beside, 3),
        "ratio": round(found / beside, 2),
        "least": round(min(ours), 3),
        "sqlite": sqlite3.sqlite_version,
    }


def main() -> None:
    """Measure everything, print it, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    origin, rows = provenance(SEED), []
    for found in measured(options):
        rows.append(found)
        print(found, flush=True)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
