"""Kills children that write, at random moments, and looks at what they leave; prints one JSON line at the end.

A process of its own, for a child is forked in a millisecond where an interpreter takes a third of a second to start,
and a fork wants no other threads.
"""

import asyncio
import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from pantler.core.asks import Entry
from pantler.core.rows import Row
from pantler.ledgers.rows import Rows
from pantler.stores.sqlite import SQLite

SECRET = b"secret"


def row(decision: str) -> Row:
    return Row(
        decision, 1.0, "blue", "smart", "00", 1, "hit", "exact", 200, "auto", "single", "small", 1, 1,
        (), (), 0, 0, 0, 0, "measured", 1.0, 0.0,
    )  # fmt: skip


def entry(number: int) -> Entry:
    return Entry(number.to_bytes(8) * 100, "small", "blue", "smart", 1.0)


async def write(folder: Path, generation: int, acks: int) -> None:
    """Append, put and drop for ever; tell what is acked."""
    store, rows = SQLite(folder, secret=SECRET), Rows(folder, durability="strict" if generation % 2 else "fast")
    store.load(0.0)
    rows.open()
    number = 0
    while True:
        first = number
        for number in range(first, first + random.randrange(1, 400)):
            rows.append(row(f"{generation}-{number}"))
            store.put(number % 3000, entry(number))
            if number % 7 == 0:
                store.drop(number % 2999)
        await rows.acked()
        os.write(acks, f"{first} {number}\n".encode())
        number += 1


def spawn(folder: Path, generation: int) -> tuple[int, int]:
    """A child that writes; its process and the end of a pipe on which it tells."""
    read, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            asyncio.run(write(folder, generation, told))
        finally:
            os._exit(1)
    os.close(told)
    return child, read


def killed(folder: Path, generation: int, chance: random.Random) -> set[str]:
    """Let a child write, kill it; the decisions that it had told were acked."""
    child, told = spawn(folder, generation)
    seen = os.read(told, 100)  # it is under way
    until = time.monotonic() + chance.random() * 0.06
    while (left := until - time.monotonic()) > 0.0 and seen:
        if select.select([told], [], [], left)[0]:
            seen += os.read(told, 1 << 16)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the child of generation {generation} ended by itself"
    while more := os.read(told, 1 << 16):
        seen += more
    os.close(told)
    ranges = [line.split() for line in seen.decode().splitlines() if line.count(" ") == 1]
    return {f"{generation}-{number}" for first, last in ranges for number in range(int(first), int(last) + 1)}


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    acked = lost = wrong = served = 0
    for generation in range(kills):
        decisions = killed(folder, generation, chance)
        acked += len(decisions)
        rows = Rows(folder)
        found = {decision for (decision,) in rows.connect().execute("SELECT decision FROM rows")}
        lost += len(decisions - found)
        store = SQLite(folder, secret=SECRET)
        loaded = read(store)
        served += len(loaded)
        wrong += sum(int.from_bytes(entry.body[:8]) % 3000 != key for key, entry in loaded.items())
        wrong += store.health.quarantined + store.health.damaged_files + rows.health.damaged_files
    sys.stdout.write(json.dumps({"kills": kills, "acked": acked, "lost": lost, "wrong": wrong, "served": served}))


def read(store: SQLite) -> dict[int, Entry]:
    """What a restart would serve, without the writer's thread, for a fork follows."""
    connection = store._file.connect()
    store._read(connection, 0.0).close()
    return dict(store._entries.items())


if __name__ == "__main__":
    main()
