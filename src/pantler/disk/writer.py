"""One thread that writes what is queued to one SQLite file, many operations a commit."""

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from threading import Event, Thread
from typing import Final, Protocol

from pantler.core.errors import StoreError
from pantler.disk.beside import Beside
from pantler.disk.file import File, is_damage
from pantler.disk.health import Health

PAUSE_SECONDS: Final = 0.05
BATCH: Final = 1024  # a commit hands the interpreter over some ten times, however much it holds
RETRY_SECONDS: Final = 1.0
SYNC_SECONDS: Final = 0.8  # below the second that may be lost with the power
CLOSE_SECONDS: Final = 10.0
MUCH: Final = 16  # operations for which the thread that queues stands still: fewer take less than its waking
COME_SECONDS: Final = 0.002  # in which it has to queue something to be met; else it rests anyway
REST_SECONDS: Final = 0.004  # for which it stands still at most


class Queue(Protocol):
    """What a writer empties; every method runs in its thread."""

    def connect(self) -> sqlite3.Connection:
        """Open the file and bring it level with what is known."""
        ...

    def write(self, connection: sqlite3.Connection) -> bool:
        """Write the oldest part of what is queued within a transaction; whether more is waiting."""
        ...

    def written(self) -> None:
        """What was last written is committed."""
        ...

    def failed(self) -> None:
        """What was last written is not committed, and nothing will be until `connect` has worked again."""
        ...


class Writer:
    """Commits after 50 ms or 1,024 operations, at once where somebody waits for it.

    While the file cannot be written it is tried again every second. With `syncs` what was committed reaches the disk
    within a second.

    Who queues much stands still while it is handed to SQLite, at its next call of `wake`, not while that reaches the
    disk, nor while the file cannot be written or a commit is waited for: two threads that want the interpreter at once,
    each many times, take half as much processor time again.
    """

    def __init__(self, queue: Queue, file: File, health: Health, *, syncs: bool) -> None:
        self.health = health
        self._queue = queue
        self._file = file
        self._syncs = syncs
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._some = Event()
        self._is_woken = False  # whether it is set, which asking an event takes ten times as long
        self._urgent = Event()
        self._closing = Event()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._unsynced_since: float | None = None
        self._beside: Beside | None = None  # the thread that queues
        self._queued = 0  # when it was last woken
        self._is_busy = False  # whether much was
        self._asks = False  # that who queues stands still
        self._stands = Event()
        self._may_go = Event()
        self._worker = Thread(target=self._run, name=f"pantler writes {file.path.name}", daemon=True)

    def start(self, connection: sqlite3.Connection | None) -> None:
        """Begin, with a connection that is open already; without one it is tried again in a second."""
        self._adopt(connection)
        self._beside = Beside()
        self._worker.start()

    def wake(self, queued: int) -> None:
        """So much is queued now."""
        if not self._is_woken:
            self._is_woken = True
            self._some.set()
        if queued >= BATCH and not self._urgent.is_set():
            self._urgent.set()
        self._queued = queued
        if self._asks:
            self._stand_still()

    def _stand_still(self) -> None:
        """Leave the interpreter to the writer for a while."""
        self._asks = False
        self._stands.set()
        self._may_go.wait(REST_SECONDS)

    async def acked(self) -> None:
        """Return once everything that is queued now is committed; StoreError where it cannot be."""
        if self.health.failing or self._closing.is_set():
            raise StoreError(f"{self.health.name} is not written: {self.health.failing or 'closed'}")
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._wake_now()
        await future

    def close(self) -> None:
        """Write what is queued, then let go of the file; waits at most ten seconds for the disk."""
        self._closing.set()
        self._wake_now()
        if self._worker.is_alive():
            self._worker.join(CLOSE_SECONDS)

    def _wake_now(self) -> None:
        self._urgent.set()
        self._some.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            if self.health.failing:
                self._closing.wait(RETRY_SECONDS)  # whatever is queued meanwhile
            elif self._is_busy or self._some.wait(self._until_sync()):  # where much comes, it need not be woken to wait
                self._urgent.wait(PAUSE_SECONDS)
            self._turn()
        self._turn()  # what was queued until the end
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()

    def _turn(self) -> None:
        """One commit or several, until nothing is queued."""
        # who waits for the commit queues nothing meanwhile
        self._is_busy = self._queued >= MUCH and not self._waiting and not self.health.failing
        self._queued = 0
        self._meet()
        if self._beside is not None:
            self._beside.follow()
        self._some.clear()
        self._is_woken = False  # no sooner: who wakes it in between has queued already what is written below
        self._urgent.clear()
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]  # before the queue is emptied
        try:
            self._write_all()
        except Exception as error:  # noqa: BLE001 - whatever comes, the thread lives on to try again
            self._give_up(error)
            _resolve(waiting, StoreError(f"{self.health.name} is not written: {self.health.failing}"))
        else:
            self.health.recovered()
            _resolve(waiting, None)

    def _write_all(self) -> None:
        if self._connection is None or not self._is_ours():
            self._let_go()
            self._adopt(self._queue.connect())
        while self._connection is not None and self._write_some(self._connection):
            self._meet()
        if self._syncs and self._until_sync() == 0.0:
            self._file.sync()
            self._unsynced_since = None

    def _write_some(self, connection: sqlite3.Connection) -> bool:
        """Commit the oldest part of what is queued; whether more is waiting."""
        before = connection.total_changes
        connection.execute("BEGIN IMMEDIATE")
        more = self._queue.write(connection)
        self._may_go.set()
        connection.execute("COMMIT")
        self._queue.written()
        if self._unsynced_since is None and connection.total_changes > before:
            self._unsynced_since = time.monotonic()
        return more

    def _meet(self) -> None:
        """Where much is queued, wait until who queued it comes by and stands still."""
        if not self._is_busy:
            return
        self._stands.clear()
        self._may_go.clear()
        self._asks = True
        self._stands.wait(COME_SECONDS)
        self._asks = False

    def _adopt(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection
        if connection is not None:
            self._identity = self._file.identity()

    def _is_ours(self) -> bool:
        """Whether the name still stands for the open file, which nobody has removed or replaced."""
        try:
            return self._file.identity() == self._identity
        except FileNotFoundError:
            return False

    def _until_sync(self) -> float | None:
        if not self._syncs or self._unsynced_since is None:
            return None
        return max(0.0, self._unsynced_since + SYNC_SECONDS - time.monotonic())

    def _give_up(self, error: Exception) -> None:
        self._may_go.set()
        self.health.failed(f"{type(error).__name__}: {error}")
        self._let_go()
        if is_damage(error):
            with contextlib.suppress(OSError):
                self.health.set_aside(self._file.set_aside().name)
        self._queue.failed()

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()  # rolls back
        self._connection = None
        self._unsynced_since = None


def _resolve(waiting: list[asyncio.Future[None]], error: StoreError | None) -> None:
    """Tell those who wait, each in its own loop."""
    for loop in {future.get_loop() for future in waiting}:
        with contextlib.suppress(RuntimeError):  # that loop is closed, nobody waits
            loop.call_soon_threadsafe(_tell, [future for future in waiting if future.get_loop() is loop], error)


def _tell(waiting: list[asyncio.Future[None]], error: StoreError | None) -> None:
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
