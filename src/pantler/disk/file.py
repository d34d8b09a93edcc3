"""Opening an SQLite file that carries its schema's version."""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pantler.core.errors import StoreError
from pantler.disk.health import Health

# Codes that say: this is not the file that we wrote. Our statements are fixed, so an "SQL error" is a foreign schema.
DAMAGE = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
}
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600  # answers and rows are nobody else's
BUSY_SECONDS = 1.0
SYNCHRONOUS = {"fast": "NORMAL", "strict": "FULL"}
WAL_BYTES = 64 << 20  # to which the log is cut once it has been copied
CACHE_KB = 512  # of pages in memory: what is written goes to the end, and is not read again
LARGEST_VALUE = 256 << 20  # bytes
PAGE_BYTES = 16 << 10  # of a new file: each page that is written takes two calls of the system, and later a third
SIDES = ("", "-wal", "-shm")


class NewerFile(StoreError):
    """A file that a later version of pantler has written."""


@dataclass(frozen=True, slots=True)
class File:
    """Where it lies and what is in it: `migrations[n]` are the statements that bring version n to n + 1.

    An `exclusive` file belongs to one process; `synchronous` is SQLite's word for when it waits for the disk. What can
    be had again is not `precious`: where a later version wrote it, a new file is started.
    """

    path: Path
    migrations: tuple[tuple[str, ...], ...]
    exclusive: bool = False
    precious: bool = True
    synchronous: str = "NORMAL"

    def connect(self) -> sqlite3.Connection:
        """Open it, made or migrated where need be.

        Raises NewerFile for one of a later version, sqlite3.Error or OSError where the disk does not let us.
        """
        self.path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        is_new = not self.path.exists()
        self.path.touch(PRIVATE_FILE)  # SQLite gives its log the same mode
        connection = sqlite3.connect(self.path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            if is_new and self.is_emptied:  # or the next try would take it for one that was emptied
                self.path.unlink()
            raise
        return connection

    def read_only(self) -> sqlite3.Connection:
        """Open it for reading beside whoever writes; a copy without a log may lie where nothing can be written."""
        is_copy = not os.access(self.path.parent, os.W_OK) and not self.path.with_name(f"{self.path.name}-wal").exists()
        uri = f"file:{quote(str(self.path))}?{'immutable=1' if is_copy else 'mode=ro'}"
        connection = sqlite3.connect(uri, BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    def set_aside(self) -> Path:
        """Rename it, log and all, to the first name that is free; where it is now."""
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        for side in SIDES:
            part = self.path.with_name(self.path.name + side)
            if part.exists():
                part.rename(aside.with_name(aside.name + side))
        return aside

    def damaged_since(self, time: float) -> list[Path]:
        """What was set aside, and was written after `time`, in seconds since the epoch."""
        aside = sorted(self.path.parent.glob(f"{self.path.name}.damaged-*"))
        return [path for path in aside if path.suffix[-4:] not in SIDES and path.stat().st_mtime >= time]

    @property
    def is_emptied(self) -> bool:
        """Whether it is there without a byte, as a full disk or a slip leaves it, and its log is no more."""
        sides = [self.path, self.path.with_name(f"{self.path.name}-wal")]
        return self.path.exists() and not any(side.exists() and side.stat().st_size for side in sides)

    def sync(self) -> None:
        """Wait until the log is on the disk, where a loss of power leaves it."""
        try:
            log = os.open(self.path.with_name(self.path.name + "-wal"), os.O_RDONLY)
        except FileNotFoundError:  # already copied into the file, which waited for the disk
            return
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def identity(self) -> tuple[int, int]:
        """Which file its name stands for now, to find out that somebody has removed or replaced it."""
        found = self.path.stat()
        return found.st_dev, found.st_ino

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        if self.exclusive:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")
        self._migrate(connection)

    def check_version(self, connection: sqlite3.Connection) -> int:
        """The version of the schema; NewerFile where it is one that we do not know."""
        newest = len(self.migrations)
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > newest:
            raise NewerFile(
                f"{self.path} has schema version {version}, this pantler knows up to {newest}; "
                "upgrade pantler, or name another folder"
            )
        return version

    def _migrate(self, connection: sqlite3.Connection) -> None:
        newest, version = len(self.migrations), self.check_version(connection)
        if version == newest:
            return
        connection.execute("BEGIN IMMEDIATE")
        for statements in self.migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")


def connect_or_replace(file: File, health: Health) -> sqlite3.Connection:
    """Open a file; where it is damaged, or newer and not precious, it is set aside and a new one started."""
    try:
        if not file.is_emptied:
            return file.connect()
    except NewerFile:
        if file.precious:
            raise
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
    health.set_aside(file.set_aside().name)
    return file.connect()


def is_damage(error: BaseException) -> bool:
    """Whether an error means that the file is not as we wrote it, rather than that the disk will not have it."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE
