"""One thread beside the event loop, which does what it is given in the order in which it came."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar, cast

T = TypeVar("T")
Work = Callable[[], object]
ENDED = "the worker has ended"

log = logging.getLogger("pantler.live")


class Worker:
    """Its thread begins with the first work and ends no process by hanging; `clock` is monotonic."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._is_closed = False
        self._begun: float | None = None  # when the work under way began

    def do(self, work: Work) -> None:
        """Have it done some time; what it raises is logged."""
        if self._thread.ident is None:
            self._thread.start()
        self._queue.put(work)

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """What the work returns, once it is done; a future that is cancelled before its turn is passed over."""
        future: Future[T] = Future()
        if self._is_closed:
            future.set_exception(TimeoutError(ENDED))
            return future

        def answer() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                found = work()
            except BaseException as error:  # noqa: BLE001 it is whoever asked who is told
                future.set_exception(error)
            else:
                self._begun = None  # before whoever asked goes on, to whom nothing is late any more
                future.set_result(found)

        self.do(answer)
        return future

    async def answer(self, work: Callable[[], T]) -> T:
        """As `ask`, for whoever waits on an event loop: with one way back, in two thirds of the time."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def tell(found: T | None, error: BaseException | None) -> None:
            if waiting.done():  # nobody waits any more
                return
            if error is None:
                waiting.set_result(cast("T", found))
            else:
                waiting.set_exception(error)

        def answered() -> None:
            if waiting.cancelled():
                return
            found, error = None, None
            try:
                found = work()
            except BaseException as raised:  # noqa: BLE001 it is whoever asked who is told
                error = raised
            self._begun = None  # before whoever asked goes on, to whom nothing is late any more
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, found, error)

        if self._is_closed:
            raise TimeoutError(ENDED)
        self.do(answered)
        return await waiting

    @property
    def waiting(self) -> int:
        """How many works are still to be begun."""
        return self._queue.qsize()

    def is_late(self, seconds: float) -> bool:
        """Whether the work under way has taken longer than this already."""
        begun = self._begun
        return begun is not None and self._clock() - begun > seconds

    def close(self) -> None:
        """Begin nothing more after what is queued; returns at once."""
        self._is_closed = True
        if self._thread.ident is not None:
            self._queue.put(None)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            self._begun = self._clock()
            try:
                work()
            except Exception as error:  # noqa: BLE001 whatever it is, the next work is another's
                log.error("a work of %s failed (%s)", self._thread.name, type(error).__name__)
            self._begun = None
