"""The calls under way, one for all who ask the same.

A call runs in a task of its own, so that whoever asked first is a reader like the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from pantler.core.errors import ClientLeft
from pantler.live.deadlines import Deadlines
from pantler.live.flight import Flight

T = TypeVar("T")
Call = Callable[[Flight[T]], Awaitable[T]]


class Streams(Generic[T]):
    """The flights under way, by key; an answer may have `most_bytes`."""

    def __init__(self, most_bytes: int = 16 << 20) -> None:
        self._most_bytes = most_bytes
        self._deadlines: Deadlines | None = None  # of the loop that calls run on
        self._flying: dict[Hashable, Flight[T]] = {}
        self._tasks: dict[asyncio.Task[None], Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def find(self, key: Hashable) -> Flight[T] | None:
        """The flight that equal queries may join."""
        flight = self._flying.get(key)
        return flight if flight is not None and flight.is_open else None

    def launch(self, call: Call[T], key: Hashable = None) -> Flight[T]:
        """Start a call, to be joined under `key` where there is one."""
        loop = asyncio.get_running_loop()  # a system call, before Python 3.12
        if self._deadlines is None or self._deadlines.loop is not loop:
            self._deadlines = Deadlines(loop)
        flight: Flight[T] = Flight(self._deadlines, self._most_bytes)
        if key is not None:
            self._flying[key] = flight
        task = flight.task = loop.create_task(self._fly(flight, call, key))
        self._tasks[task] = flight
        return flight

    async def landed(self) -> None:
        """Return once every call that is under way now is over, and every one that took over from it."""
        flights = list(self._tasks.values())
        while flights:
            await asyncio.wait([flight.task for flight in flights if flight.task is not None])
            flights = [flight.successor for flight in flights if flight.successor is not None]

    def cut(self, error: Exception) -> None:
        """End what is under way now; `error` is why, for all who wait and for the books."""
        for flight in self._tasks.values():
            flight.cut(error)

    async def drain(self, seconds: float) -> None:
        """Let what is under way land, and cancel what has not after so many seconds."""
        if self._tasks:
            _, late = await asyncio.wait(list(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _fly(self, flight: Flight[T], call: Call[T], key: Hashable) -> None:
        task = flight.task
        assert task is not None, "a flight is launched with its task"
        flight.begin()
        try:
            value = await call(flight)
        except asyncio.CancelledError:
            self._land(key, flight, None, flight.deserted or ClientLeft("nobody waits for the answer any longer"))
        except Exception as error:  # noqa: BLE001 whatever it is, it is every reader's
            self._land(key, flight, None, error)
        else:
            self._land(key, flight, value)
        finally:
            del self._tasks[task]

    def _land(self, key: Hashable, flight: Flight[T], value: T | None, error: Exception | None = None) -> None:
        if self._flying.get(key) is flight:
            del self._flying[key]
        flight.land(value, error)
