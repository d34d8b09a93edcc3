"""The ledger's file as the gateway writes it: rows appended without waiting, words joined to them."""

import asyncio
import math
import sqlite3
from collections import deque
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, NamedTuple

from pantler.core.errors import StoreError
from pantler.core.rows import Alike, Rated, Row, Word
from pantler.disk.file import SYNCHRONOUS, connect_or_replace
from pantler.disk.health import Health
from pantler.disk.parts import parts
from pantler.disk.writer import Writer
from pantler.ledgers import schema

JOIN_SECONDS: Final = 30 * 86_400.0  # a rating that comes later is of an unknown decision
QUEUE_BYTES: Final = 32 << 20
ROW_BYTES: Final = 1024  # about what a row occupies in memory, and
PART_BYTES: Final = 512  # what each of its candidates and calls does
ALIKE_BYTES: Final = 192  # what one that is alike does, measured
PART: Final = 1024  # rows of one transaction
ALIKE: Final = (256, 32, 8)  # how many rows that are alike go in by one statement; fewer go in with the others
UNSTORABLE: Final = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    OverflowError,
    UnicodeEncodeError,
)


class Spoken(NamedTuple):
    """A word that is yet to be written."""

    decision: str
    tenant: str
    word: Word
    time: float


class Filed:
    """A row as its values, made where it was: what it is of is at hand there, and free again at once."""

    __slots__ = ("decision", "size_bytes", "values")

    def __init__(self, decision: str, values: list[Any], size_bytes: int) -> None:
        self.decision = decision
        self.values = values
        self.size_bytes = size_bytes


Queued = Filed | Alike | Spoken


class Rows:
    """Appends to the ledger of `folder`; one loop's thread appends, one thread of our own writes.

    While the disk will not have them, rows wait in memory up to `queue_bytes`; beyond that the newest are lost, and
    counted in `health`; of a word whoever said it is told.
    """

    def __init__(
        self, folder: Path, *, durability: Literal["fast", "strict"] = "fast", queue_bytes: int = QUEUE_BYTES
    ) -> None:
        self._file = schema.file(folder, SYNCHRONOUS[durability])
        self.health = Health(f"{self._file.path}")
        self._queue: deque[Queued] = deque()
        self._room = queue_bytes
        self._came = 0  # bytes: written by the loop's thread only
        self._went = 0  # bytes: written by the writer's thread only
        self._part = 0  # how many of the oldest are being written, and
        self._part_bytes = 0  # what they take up
        self._rating = asyncio.Lock()
        self._reading = Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer = Writer(self, self._file, self.health, syncs=durability == "fast")

    def open(self) -> None:
        """Open the file and begin to write; raises NewerFile for one of a later version."""
        connection = None
        try:
            connection = self.connect()
        except (sqlite3.Error, OSError) as error:
            self.health.failed(f"{type(error).__name__}: {error}")
        self._writer.start(connection)

    def append(self, row: Row | Alike) -> bool:
        """Queue a row; False where the queue is full, or SQLite could not hold it, and the row is lost."""
        if isinstance(row, Alike):
            return self._enqueue(row, ALIKE_BYTES)
        values = self._values(row)
        if values is None:
            return False
        size = ROW_BYTES + PART_BYTES * (len(row.candidates) + len(row.asked))
        return self._enqueue(Filed(row.decision, values, size), size)

    async def acked(self) -> None:
        """Return once every row that was appended so far is committed; StoreError where it cannot be."""
        await self._writer.acked()

    async def find(self, decision: str) -> Row | None:
        """The row of a decision, committed or not; StoreError where the file cannot be read."""
        for waiting in tuple(self._queue):
            if waiting.decision == decision and not isinstance(waiting, Spoken):
                return waiting.row if isinstance(waiting, Alike) else schema.row(waiting.values[:-1])
        found = await asyncio.to_thread(self._read, f"SELECT {schema.SELECT} FROM rows WHERE decision = ?", decision)
        return schema.row(found[0]) if found else None

    async def rate(self, decision: str, tenant: str, word: Word, now: float) -> Rated | None:
        """Join a word to the tenant's own decision of the last 30 days; None where there is none such.

        The same word again changes nothing, another one of the same signal replaces it. StoreError where the queue
        has no room for it.
        """
        good = word.good
        if not 0.0 <= good <= 1.0 or math.isnan(good):
            raise StoreError(f"a rating of {good} says nothing; give a number from 0 (bad) to 1 (good)")
        async with self._rating:
            row = await self.find(decision)
            if row is None or row.tenant != tenant or not row.model or now - row.time > JOIN_SECONDS:
                return None  # also where nobody answered
            words = await self._words(decision)
            before = words.get(word.signal)
            changed = before != good
            if changed and not self._enqueue(Spoken(decision, tenant, word, now), PART_BYTES):
                raise StoreError(
                    f"{self._file.path} has no room for a word: too much waits to be written; say it again"
                )
        return Rated(
            int(row.key_digest, 16),
            row.model,
            row.route,
            row.size_bytes,
            row.tier,
            good,
            before,
            changed=changed,
            words={**words, word.signal: good},
        )

    async def close(self) -> None:
        """Write what is queued, then let go of the file."""
        await asyncio.to_thread(self._writer.close)
        self._read_anew()

    def connect(self) -> sqlite3.Connection:
        connection = connect_or_replace(self._file, self.health)
        self._read_anew()
        return connection

    def write(self, connection: sqlite3.Connection) -> bool:
        """Write the oldest of the queue; they leave it once they are committed."""
        part = tuple(islice(self._queue, PART))
        alike = [each for each in part if isinstance(each, Alike)]
        spoken = [each for each in part if isinstance(each, Spoken)]
        self._insert_all(connection, alike, [each.values for each in part if isinstance(each, Filed)])
        self._insert_words(connection, spoken)
        self._part = len(part)
        self._part_bytes = sum(map(_size, part))
        return len(part) == PART and len(self._queue) > PART  # what has come since then has woken the writer again

    def written(self) -> None:
        for _ in range(self._part):
            self._queue.popleft()
        self._went += self._part_bytes
        self._part = self._part_bytes = 0

    def failed(self) -> None:
        self._part = self._part_bytes = 0

    def _read_anew(self) -> None:
        """Let go of the file that was read: by now the name may stand for another."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _insert_words(self, connection: sqlite3.Connection, spoken: Sequence[Spoken]) -> None:
        if not spoken:
            return
        words = [(each.decision, each.word.signal, each.word.good, each.time) for each in spoken]
        labels = [(each.decision, each.tenant, each.word.good, each.time) for each in spoken if each.word.is_label]
        connection.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?)", words)
        connection.executemany("INSERT OR REPLACE INTO ratings VALUES (?, ?, ?, ?)", labels)

    def _enqueue(self, queued: Queued, size: int) -> bool:
        if self._came + size - self._went > self._room:
            self.health.lose(1, "the queue of rows is full")
            return False
        self._came += size
        self._queue.append(queued)
        self._writer.wake(len(self._queue))
        return True

    async def _words(self, decision: str) -> dict[str, float]:
        """What each signal has said of a decision, committed or not."""
        waiting = [each for each in tuple(self._queue) if isinstance(each, Spoken) and each.decision == decision]
        found = await asyncio.to_thread(self._read, "SELECT signal, good FROM words WHERE decision = ?", decision)
        return dict(found) | {each.word.signal: each.word.good for each in waiting}

    def _insert_all(self, connection: sqlite3.Connection, alike: Sequence[Alike], plain: list[list[Any]]) -> None:
        """Insert rows, those that are alike together; each of them holds the interpreter for a fraction of the time."""
        by_first: dict[int, list[Alike]] = {}
        for each in alike:
            by_first.setdefault(id(each.first), []).append(each)
        for rows in by_first.values():
            for some in parts(rows, ALIKE):
                self._insert_alike(connection, some)
            plain += self._each(rows[len(rows) - len(rows) % ALIKE[-1] :])
        for few in parts(plain):
            self._insert(connection, few)

    def _insert_alike(self, connection: sqlite3.Connection, rows: Sequence[Alike]) -> None:
        try:
            values = [*schema.shared(rows[0].first), *chain.from_iterable(map(schema.own, rows))]
            connection.execute(schema.insert_alike(len(rows)), values)
        except UNSTORABLE:
            for some in parts(self._each(rows)):
                self._insert(connection, some)

    def _each(self, rows: Sequence[Alike]) -> list[list[Any]]:
        """The values of those of the rows that can be stored."""
        return [values for values in [self._values(each.row) for each in rows] if values is not None]

    def _values(self, row: Row) -> list[Any] | None:
        try:
            return schema.values(row)
        except UNSTORABLE as error:
            self.health.lose(1, f"a row cannot be stored ({error})")
            return None

    def _insert(self, connection: sqlite3.Connection, rows: Sequence[list[Any]]) -> None:
        """Insert rows with one statement; where one of them is none that SQLite can hold, the others one by one."""
        try:
            connection.execute(schema.insert(len(rows)), schema.bound(rows))
        except UNSTORABLE as error:
            if len(rows) == 1:
                self.health.lose(1, f"a row cannot be stored ({error})")
            else:
                for row in rows:
                    self._insert(connection, [row])

    def _read(self, select: str, decision: str) -> list[Any]:
        """The rows of a look-up by decision; StoreError where the file cannot be read."""
        with self._reading:
            try:
                if self._reader is None:
                    self._reader = self._file.read_only()
                return self._reader.execute(select, (decision,)).fetchall()
            except sqlite3.Error as error:
                reader, self._reader = self._reader, None
                if reader is not None:
                    reader.close()
                raise StoreError(f"{self._file.path} cannot be read ({error}); the same may work later") from error


def _size(queued: Queued) -> int:
    if isinstance(queued, Filed):
        return queued.size_bytes
    return ALIKE_BYTES if isinstance(queued, Alike) else PART_BYTES
