"""A provider with everything around it that keeps a bad upstream from doing harm.

Each call has its turn (bounded concurrency, bounded queue), passes the breaker, and may be tried again before its first
byte out of a bounded budget; every wait ends at the ask's deadline.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from random import Random

import msgspec

from pantler.config.values import Limits
from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.core.seams import Provider
from pantler.live.breaker import Breaker
from pantler.live.retries import Retries
from pantler.live.turns import Turns

PROOF_SECONDS = 1.0  # a call that was given less time than this says nothing of the upstream by not answering
FAILS = frozenset({"refused", "timeout", "cut", "garbage", "overloaded"})

Pieces = Callable[[Ask], AsyncGenerator[bytes, None]]


class Timing(msgspec.Struct):
    """Where the time of a call went, filled in while it goes on; `first_byte_seconds` is None until there is one.

    All count from the call's first try; of an answer that comes whole, the first byte is known only with the last.
    """

    queued_seconds: float = 0.0
    first_byte_seconds: float | None = None
    total_seconds: float = 0.0
    tries: int = 0


class Upstream:
    """One model's upstream; `clock` is monotonic and the one that deadlines are in."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Random | None = None,
    ) -> None:
        self.name = name
        self._provider = provider
        self._clock = clock
        chance = chance or Random()
        self.turns = Turns(name, limits, clock)
        self.breaker = Breaker(name, clock, chance)
        self._retries = Retries(chance)

    async def whole(self, ask: Ask, timing: Timing) -> bytes:
        """The complete answer."""
        async with aclosing(self._tried(self._as_one, ask, timing)) as pieces:
            return b"".join([piece async for piece in pieces])

    def pieces(self, ask: Ask, timing: Timing) -> AsyncGenerator[bytes, None]:
        """The pieces of a streamed answer as they come; whoever takes them closes the iterator."""
        return self._tried(self._provider.pieces, ask, timing)

    async def close(self) -> None:
        """Let go of the provider."""
        await self._provider.close()

    async def _as_one(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        yield await self._provider.whole(ask)

    async def _tried(self, call: Pieces, ask: Ask, timing: Timing) -> AsyncGenerator[bytes, None]:
        begun = self._clock()
        try:
            while True:
                try:
                    async with aclosing(self._once(call, ask, timing)) as pieces:
                        async for piece in pieces:
                            if timing.first_byte_seconds is None:
                                timing.first_byte_seconds = self._clock() - begun
                            yield piece
                    return
                except ProviderError as error:
                    pause = self._pause(error, ask, timing)
                    if pause is None:
                        raise
                await asyncio.sleep(pause)
        finally:
            timing.total_seconds = self._clock() - begun

    async def _once(self, call: Pieces, ask: Ask, timing: Timing) -> AsyncGenerator[bytes, None]:
        async with self.turns.turn(ask.deadline) as waited:
            timing.queued_seconds += waited
            probe = self.breaker.permit()
            timing.tries += 1
            begun = self._clock()
            try:
                async with aclosing(call(ask)) as pieces:
                    async for piece in pieces:
                        yield piece
            except ProviderError as error:
                self._failed(error, probe, ask.deadline - begun)
                raise
            except BaseException:
                self.breaker.undecided(probe=probe)
                raise
            self.breaker.succeeded()
            self._retries.succeeded()

    def _failed(self, error: ProviderError, probe: bool, given_seconds: float) -> None:
        if error.kind == "timeout" and given_seconds < PROOF_SECONDS:
            self.breaker.undecided(probe=probe)
        elif error.kind in FAILS or (error.status or 0) >= 500:
            self.breaker.failed(probe=probe, wait_seconds=error.retry_after_seconds or 0.0)
        else:
            self.breaker.succeeded()

    def _pause(self, error: ProviderError, ask: Ask, timing: Timing) -> float | None:
        if timing.first_byte_seconds is not None:
            return None
        return self._retries.pause(error, timing.tries, ask.deadline - self._clock())
