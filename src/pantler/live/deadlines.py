"""The deadlines of many waits, hardly any of which is reached: all within one tick share a timer of the loop."""

import asyncio
from typing import Final, Protocol

TICK_SECONDS: Final = 0.01  # by which a deadline may be late


class Waiting(Protocol):
    """Who waits no longer than until a deadline."""

    def expire(self) -> None:
        """The deadline has passed."""
        ...


class Tick:
    """Those whose deadlines pass together."""

    __slots__ = ("timer", "waiting")

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self.timer = timer
        self.waiting: set[Waiting] = set()


class Deadlines:
    """Tells those who wait on `loop`; deadlines are in its time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ticks: dict[int, Tick] = {}

    def add(self, waiting: Waiting, deadline: float) -> int:
        """Have somebody told at a deadline; the number by which to be `removed` before."""
        number = int(deadline / TICK_SECONDS) + 1
        tick = self._ticks.get(number)
        if tick is None:
            tick = self._ticks[number] = Tick(self.loop.call_at(number * TICK_SECONDS, self._passed, number))
        tick.waiting.add(waiting)
        return number

    def remove(self, waiting: Waiting, number: int) -> None:
        """Somebody waits no longer."""
        tick = self._ticks.get(number)
        if tick is None:  # it has passed
            return
        tick.waiting.discard(waiting)
        if not tick.waiting:
            tick.timer.cancel()
            del self._ticks[number]

    def _passed(self, number: int) -> None:
        for waiting in self._ticks.pop(number).waiting:
            waiting.expire()
