"""One call under way, its pieces fanned out as they come to all who read along.

Each reads by its own place, under its own deadline, and leaves when it likes. The last to leave cancels the call.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from pantler.core.errors import ClientLeft, DeadlinePassed, ProviderError
from pantler.core.item import FOREVER
from pantler.core.types import Call
from pantler.live.deadlines import Deadlines

T = TypeVar("T")


class Flight(Generic[T]):
    """The pieces that have come so far, and where it has landed its value or its error.

    An answer of more than `most_bytes` ends the flight, so that memory stays bounded. `model` is who is answering,
    once that is known, or who was asked last, `first_at` when the first piece came, in the loop's time, `spent` what it
    took in nano-dollars, None also where that has no price; `deserted` why it was not waited for, by whoever started it
    or by the process; `successor` the flight that took over from this one after it failed, `is_successor` whether this
    is one.
    """

    __slots__ = (
        "_given_up",
        "_has_begun",
        "_is_cut",
        "_most_bytes",
        "_readers",
        "_told",
        "_waiting",
        "call",
        "deadlines",
        "deserted",
        "error",
        "first_at",
        "is_repeated",
        "is_successor",
        "landed",
        "loop",
        "model",
        "pieces",
        "spent",
        "successor",
        "task",
        "traceback",
        "value",
    )

    def __init__(self, deadlines: Deadlines, most_bytes: int) -> None:
        self.deadlines = deadlines
        self.loop = deadlines.loop
        self.pieces: list[bytes] = []
        self.call: Call | None = None
        self.model = ""
        self.first_at: float | None = None
        self.deserted: Exception | None = None
        self.landed = False
        self.spent: int | None = None
        self.value: T | None = None
        self.error: Exception | None = None
        self.traceback: TracebackType | None = None
        self.successor: Flight[T] | None = None
        self.task: asyncio.Task[None] | None = None
        self.is_successor = False
        self.is_repeated = False
        self._has_begun = False
        self._most_bytes = most_bytes
        self._readers = 0
        self._given_up = False
        self._is_cut = False
        self._waiting: list[asyncio.Future[None]] = []
        self._told: list[Callable[[], object]] = []

    @property
    def is_open(self) -> bool:
        """Whether it may be joined: it has neither landed nor been given up."""
        return not self.landed and not self._given_up

    @property
    def may_be_followed(self) -> bool:
        """Whether who reads it now still gets its end: it was not given up, and has not let go of its error."""
        return not self._given_up and (self.value is not None or self.error is not None or not self.landed)

    @property
    def may_repeat(self) -> bool:
        """Whether an upstream may be asked the same once more: where others read along once, of a successor never."""
        return not self.is_successor and (self._readers <= 1 or not self.is_repeated)

    def repeated(self) -> None:
        """An upstream is asked the same once more, in place of a successor."""
        self.is_repeated = True

    @property
    def hands_over(self) -> bool:
        """Whether a successor may be asked where this fails: nobody has been asked the same twice."""
        return not (self.is_successor or self.is_repeated)

    def add(self, piece: bytes) -> None:
        """One more piece for everyone."""
        self._most_bytes -= len(piece)
        if self._most_bytes < 0:
            raise ProviderError("the answer is larger than the gateway passes on; ask for less", kind="garbage")
        if self.first_at is None:
            self.first_at = self.loop.time()
        self.pieces.append(piece)
        self._wake()

    def land(self, value: T | None, error: Exception | None = None) -> None:
        """The call is over."""
        self.value, self.error, self.landed = value, error, True
        self.traceback = None if error is None else error.__traceback__
        self._wake()
        self._forget_error()
        told, self._told = self._told, []
        for tell in told:
            tell()

    def follow(self, deadline: float) -> "Reader[T]":
        """Read along from the first piece, until `deadline` at most."""
        self._readers += 1
        return Reader(self, deadline)

    def hold(self) -> None:
        """Keep the call going though nobody reads."""
        self._readers += 1

    def released(self) -> None:
        """A reader has left; the last one cancels the call."""
        self._readers -= 1
        self._cancel_unread()
        self._forget_error()

    def begin(self) -> None:
        """The call runs in `task`; if all left before, it is cancelled at its first wait, to settle what it holds."""
        self._has_begun = True
        if self._is_cut:
            self._cancel()
        self._cancel_unread()

    def cut(self, error: Exception) -> None:
        """Cancel the call, which raises `error` to whoever waits."""
        self.deserted = self.deserted or error
        self._is_cut = True
        self._cancel()

    def _forget_error(self) -> None:
        """Once nobody reads, let go of what its frames hold: this flight too, so that only the collector would."""
        if self._readers == 0 and self.landed:
            self.error = self.traceback = self.deserted = None

    def _cancel_unread(self) -> None:
        if self._readers == 0 and not self.landed and self._has_begun:
            self._given_up = True
            self._cancel()

    def _cancel(self) -> None:
        if self._has_begun and self.task is not None:
            self.task.cancel()

    def waits(self, future: "asyncio.Future[None]") -> None:
        """Wake `future` at the next piece or at the landing."""
        self._waiting.append(future)

    def tells(self, told: Callable[[], object]) -> None:
        """Call `told`, which raises nothing, at the landing."""
        self._told.append(told)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


class Reader(Generic[T]):
    """One who reads a flight along, at its own place, until its `deadline` in seconds of the monotonic clock."""

    __slots__ = ("_future", "_left", "_place", "_stopped", "_tick", "_told", "flight")

    def __init__(self, flight: Flight[T], deadline: float) -> None:
        self.flight = flight
        self._place = 0
        self._left = False
        self._stopped: Exception | None = None
        self._future: asyncio.Future[None] | None = None
        self._told: Callable[[T | Exception], object] | None = None
        self._tick = None if deadline == FOREVER else flight.deadlines.add(self, deadline)

    async def pieces(self) -> list[bytes]:
        """Those that have come since the last call, at least one; none once the flight has landed well.

        Raises what the flight failed with, DeadlinePassed, or ClientLeft after `stop`.
        """
        flight = self.flight
        while self._place == len(flight.pieces) and not flight.landed:
            await self._wait()
        fresh = flight.pieces[self._place :]
        self._place += len(fresh)
        if not fresh and flight.error is not None:
            raise flight.error.with_traceback(flight.traceback)  # else the one error of all grows with each
        return fresh

    async def value(self) -> T:
        """What the flight lands; raises as `pieces` does."""
        flight = self.flight
        while not flight.landed:
            await self._wait()
        if flight.error is not None:
            raise flight.error.with_traceback(flight.traceback)
        assert flight.value is not None
        return flight.value

    def tell(self, told: Callable[[T | Exception], object]) -> None:
        """Have `told`, which raises nothing, told once what `value` would return or raise: for who has no task."""
        self._told = told
        if self._stopped is not None:
            self._end(self._stopped)
        elif self.flight.landed:
            self._landed()
        else:
            self.flight.tells(self._landed)

    def stop(self) -> None:
        """The client has gone: whoever waits here raises ClientLeft."""
        self._interrupt(ClientLeft("the client closed the connection"))

    def leave(self) -> None:
        """Read no further."""
        if not self._left:
            self._left = True
            self._told = self._stopped = self._future = None
            if self._tick is not None:
                self.flight.deadlines.remove(self, self._tick)
            self.flight.released()

    async def _wait(self) -> None:
        if self._stopped is not None:
            raise self._stopped
        self._future = self.flight.loop.create_future()
        self.flight.waits(self._future)
        await self._future

    def _landed(self) -> None:
        if self._told is None:  # told already, by its deadline or when its client went
            return
        flight = self.flight
        if flight.error is not None:
            self._end(flight.error.with_traceback(flight.traceback))
        else:
            assert flight.value is not None
            self._end(flight.value)

    def _end(self, end: T | Exception) -> None:
        told, self._told = self._told, None
        if told is not None:
            told(end)

    def expire(self) -> None:
        self._interrupt(DeadlinePassed("the answer did not come within the request's deadline"))

    def _interrupt(self, error: Exception) -> None:
        self._stopped = self._stopped or error
        if self._future is not None and not self._future.done():
            self._future.set_exception(self._stopped)
        self._end(self._stopped)
