"""So many calls of an upstream at a time; who comes later waits in a queue bounded in count and age."""

import asyncio
from collections import deque
from collections.abc import Callable

from pantler.config.values import Limits
from pantler.core.errors import ProviderError


class Turns:
    """First come, first served; a wait that would be too long is refused as "no_turn"."""

    def __init__(self, name: str, limits: Limits, clock: Callable[[], float]) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._free = limits.concurrency
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def in_flight(self) -> int:
        """How many have their turn now."""
        return self._limits.concurrency - self._free

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def has_spare(self) -> bool:
        """Whether one more leaves at least half of all for others."""
        return 2 * (self._free - 1) >= self._limits.concurrency

    def taken(self) -> bool:
        """Whether a turn was free, which is taken then; whoever has one must `pass_on`."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self, deadline: float) -> float:
        """Take a turn once the queue before it is served; the seconds waited."""
        if self.queued >= self._limits.queue:
            raise self._refused(f"{self._limits.queue} calls wait already")
        begun = self._clock()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(min(self._limits.queue_seconds, deadline - begun)):
                await turn
        except BaseException as error:
            self._leave(turn)
            if isinstance(error, TimeoutError):
                raise self._refused(f"no turn came within {self._clock() - begun:.3g} s") from None
            raise
        return self._clock() - begun

    def pass_on(self) -> None:
        """Give a turn to the first who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self.pass_on()  # the turn came in the same moment
        elif turn in self._waiting:
            self._waiting.remove(turn)

    def _refused(self, reason: str) -> ProviderError:
        return ProviderError(
            f"{self._name} has {self.in_flight} calls under way and {reason}; raise its limits or add a fallback",
            kind="no_turn",
            retry_after_seconds=self._limits.queue_seconds,
        )
