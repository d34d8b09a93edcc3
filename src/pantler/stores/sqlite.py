"""Answers kept in memory and, behind it, in an SQLite file that a restart reads.

Every value carries a keyed digest of its key and its bytes (which name tenant and route), so that what was changed on
the disk is found out and put aside, never served:

    mac = BLAKE2b(key || value), keyed with the secret
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from hmac import compare_digest
from itertools import chain, islice
from pathlib import Path
from sys import intern
from threading import Lock
from typing import Final, Literal

import msgspec
from msgspec.structs import force_setattr

from pantler.core.asks import Entry
from pantler.core.entries import Entries, Name
from pantler.core.errors import StoreError
from pantler.core.types import Key
from pantler.disk.file import LARGEST_VALUE, SYNCHRONOUS, File, connect_or_replace, is_damage
from pantler.disk.health import Health
from pantler.disk.parts import parts
from pantler.disk.writer import Writer

FILE: Final = "entries.sqlite"
MIGRATIONS: Final = (
    (
        "CREATE TABLE entries (number INTEGER PRIMARY KEY, key BLOB, value BLOB, mac BLOB)",
        "CREATE TABLE quarantine (number INTEGER PRIMARY KEY, key BLOB, value BLOB, mac BLOB)",
    ),
)
KEY_BYTES: Final = 16
MAC_BYTES: Final = 16
PART: Final = 1024  # operations of one transaction
PART_BYTES: Final = 1 << 20  # of values that are encoded at a time
BACKLOG: Final = 10_000  # operations beyond twice the entries, after which the file is compared instead
LARGEST_NUMBER: Final = 1 << 62  # a damaged one would leave no room to count on
QUARANTINE: Final = 1000  # damaged values that are kept for whoever wants to look

Put = tuple[Key, Entry]
Written = tuple[int, bytearray, bytearray, bytearray]  # number, key, value, digest; bytes are bound with a detour


class SQLite:
    """A mirror in memory over a file in `folder`; the file is written behind, and never read but by `load`.

    `secret` keys the digests. Any fault of the disk leaves the mirror alone: nothing is written until the file can be
    opened again, which is then brought level with the mirror. The file belongs to one process at a time.
    """

    def __init__(self, folder: Path, *, secret: bytes, durability: Literal["fast", "strict"] = "fast") -> None:
        self.health = Health(f"{folder / FILE}")
        self._file = File(
            folder / FILE, MIGRATIONS, exclusive=True, precious=False, synchronous=SYNCHRONOUS[durability]
        )
        self._seal = blake2b(key=blake2b(secret, person=b"pantler entries").digest(), digest_size=MAC_BYTES)
        self._entries = Entries()
        self.get = self._entries.get
        self._numbers: dict[Key, int] = {}
        self._next = 1
        self._pending: dict[int, Put | None] = {}  # None: to be deleted
        self._behind = True  # the file does not follow, until it has been compared with the mirror
        self._was_read = False  # numbers in the file mean nothing to us
        self._lock = Lock()
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._writer = Writer(self, self._file, self.health, syncs=False)

    def __len__(self) -> int:
        return len(self._entries)

    def load(self, now: float) -> list[Put]:
        connection = None
        try:
            connection = connect_or_replace(self._file, self.health)
            connection = self._read(connection, now)
        except (sqlite3.Error, OSError) as error:
            self.health.failed(f"{type(error).__name__}: {error}")
            if connection is not None:
                connection.close()
            connection = None
        self._writer.start(connection)
        return self._entries.items()

    def put(self, key: Key, entry: Entry) -> None:
        with self._lock:
            self._entries.put(key, entry)
            number = self._next
            self._next = number + 1
            self._follow(self._numbers.pop(key, None), number, (key, entry))
            self._numbers[key] = number
        self._writer.wake(len(self._pending))

    def drop(self, key: Key) -> None:
        if self.get(key) is None:  # as of most that are dropped: every miss drops what may have expired
            return
        with self._lock:
            if not self._entries.drop(key):
                return
            self._follow(self._numbers.pop(key))
        self._writer.wake(len(self._pending))

    def named(self, by: Name, value: str) -> list[Key]:
        return self._entries.named(by, value)

    async def acked(self) -> None:
        await self._writer.acked()

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)

    def connect(self) -> sqlite3.Connection:
        """Open the file and bring it level with the mirror: delete what has left, queue what is missing."""
        connection = connect_or_replace(self._file, self.health)
        try:
            if not self._was_read:
                connection.execute("DELETE FROM entries")
                self._was_read = True
            on_disk = {number for (number,) in connection.execute("SELECT number FROM entries")}
            with self._lock:
                kept = {number: key for key, number in self._numbers.items()}
                self._pending = {number: None for number in on_disk if number not in kept}
                for number, key in kept.items():
                    entry = self.get(key)
                    if number not in on_disk and entry is not None:
                        self._pending[number] = (key, entry)
                self._behind = False
        except BaseException:
            connection.close()
            raise
        return connection

    def write(self, connection: sqlite3.Connection) -> bool:
        with self._lock:
            if self._behind:
                raise StoreError("more was put and dropped than the disk could follow")
            numbers = list(islice(self._pending, PART))
            part = {number: self._pending.pop(number) for number in numbers}
            more = bool(self._pending)
        for gone in parts([number for number, put in part.items() if put is None]):  # each statement waits to go on
            connection.execute(f"DELETE FROM entries WHERE number IN ({','.join('?' * len(gone))})", gone)
        for some in _within(self._rows(part), PART_BYTES):
            for rows in parts(some):
                places = ",".join(["(?,?,?,?)"] * len(rows))
                connection.execute(f"INSERT OR REPLACE INTO entries VALUES {places}", list(chain.from_iterable(rows)))
        return more

    def written(self) -> None:
        return None

    def failed(self) -> None:
        with self._lock:
            self._behind = True
            self._pending = {}

    def _follow(self, old: int | None, new: int = 0, put: Put | None = None) -> None:
        """Let the file do likewise; an entry that it never had is not written at all."""
        if self._behind:
            return
        pending = self._pending
        if old is not None and pending.pop(old, None) is None:
            pending[old] = None
        if put is not None:
            pending[new] = put
        if len(pending) > BACKLOG + 2 * len(self._numbers):
            self._behind = True
            self._pending = {}

    def _rows(self, part: dict[int, Put | None]) -> Iterator[Written]:
        for number, put in part.items():
            if put is not None:
                key = put[0].to_bytes(KEY_BYTES)
                try:
                    value = self._encode(put[1])
                except (OverflowError, UnicodeEncodeError) as error:
                    self.health.lose(1, f"an entry cannot be stored ({error})")
                    continue
                if len(value) < LARGEST_VALUE // 2:
                    yield number, bytearray(key), bytearray(value), bytearray(self._mac(key, value))

    def _mac(self, key: bytes, value: bytes) -> bytes:
        seal = self._seal.copy()
        seal.update(key)
        seal.update(value)
        return seal.digest()

    def _read(self, connection: sqlite3.Connection, now: float) -> sqlite3.Connection:
        """Fill the mirror; what is damaged or has expired is taken out of the file."""
        bad: list[tuple[int]] = []
        gone: list[tuple[int]] = []
        connection.text_factory = bytes  # a forged text is not decoded
        try:
            for number, key, value, mac in connection.execute("SELECT * FROM entries ORDER BY number"):
                entry = self._opened(key, value, mac) if number < LARGEST_NUMBER else None
                if entry is None:
                    bad.append((number,))
                elif entry.expires <= now:
                    gone.append((number,))
                else:
                    gone.extend(self._take(number, int.from_bytes(key), entry))
            self._was_read = True
            self._clear(connection, bad, gone)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            connection.close()
            self.health.set_aside(self._file.set_aside().name)
            return self.connect()  # what was read before the damage is sound and is written anew
        self._behind = False
        return connection

    def _opened(self, key: object, value: object, mac: object) -> Entry | None:
        """The entry of a row, if the row is as we wrote it."""
        if not (isinstance(key, bytes) and isinstance(value, bytes) and isinstance(mac, bytes)):
            return None
        if len(key) != KEY_BYTES or not compare_digest(self._mac(key, value), mac):
            return None
        try:
            return self._decode(value)
        except msgspec.MsgspecError:  # written by a pantler whose entries we do not know
            return None

    def _take(self, number: int, key: Key, entry: Entry) -> list[tuple[int]]:
        """Keep what was read; the numbers that it supersedes."""
        force_setattr(entry, "model", intern(entry.model))  # one text for all that share it
        force_setattr(entry, "tenant", intern(entry.tenant))
        force_setattr(entry, "route", intern(entry.route))
        self._entries.put(key, entry)
        old = self._numbers.pop(key, None)
        self._numbers[key] = number
        self._next = max(self._next, number + 1)
        return [] if old is None else [(old,)]

    def _clear(self, connection: sqlite3.Connection, bad: list[tuple[int]], gone: list[tuple[int]]) -> None:
        """Move the damaged rows into quarantine and delete those that have expired."""
        if not bad and not gone:
            return
        if bad:
            self.health.quarantine(len(bad))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT OR REPLACE INTO quarantine SELECT * FROM entries WHERE number = ?", bad[-QUARANTINE:]
        )
        connection.executemany("DELETE FROM entries WHERE number = ?", bad + gone)
        connection.execute(
            "DELETE FROM quarantine WHERE number NOT IN (SELECT number FROM quarantine ORDER BY number DESC LIMIT ?)",
            (QUARANTINE,),
        )
        connection.execute("COMMIT")


def _within(rows: Iterator[Written], limit: int) -> Iterator[list[Written]]:
    """The rows in parts of about so many bytes."""
    part: list[Written] = []
    size = 0
    for row in rows:
        part.append(row)
        size += len(row[2])
        if size > limit:
            yield part
            part, size = [], 0
    yield part
