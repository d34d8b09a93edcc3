"""A provider with everything around it that keeps a bad upstream from doing harm.

Each call has its turn (bounded concurrency, bounded queue), passes the breaker, and may be tried again before its first
byte out of a bounded budget; every wait ends at the ask's deadline.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Final

from pantler.config.values import Limits
from pantler.core.asks import Ask
from pantler.core.edges import Enumerating, Provider
from pantler.core.errors import ProviderError
from pantler.core.recent import Recent
from pantler.live.breaker import Breaker
from pantler.live.retries import Retries
from pantler.live.turns import Turns

PROOF_SECONDS: Final = 1.0  # a call that was given less time than this says nothing of the upstream by not answering
LOCKED_OUT: Final = frozenset({401, 403})  # statuses that speak of our key, not of what was asked
NOT_IMPLEMENTED: Final = 501  # a status that speaks of what was asked, as one below 500 does
NO_ROOM: Final = 429  # a status of an upstream that lives
FAILS: Final = frozenset({"refused", "timeout", "cut", "garbage", "overloaded"})
MOST_NAMES: Final = 1000  # of models, whose breakers are remembered

log = logging.getLogger("pantler.live")


class Timing:
    """Where the time of a call went, filled in while it goes on, counted from its first try.

    `first_byte_seconds` is that of a stream's first piece once it has come, and of an answer that came whole once its
    call is over: that of the last try's head, None where the provider sees none.
    """

    __slots__ = ("first_byte_seconds", "queued_seconds", "total_seconds", "tries")

    def __init__(self) -> None:
        self.queued_seconds = 0.0
        self.first_byte_seconds: float | None = None
        self.total_seconds = 0.0
        self.tries = 0


class Upstream:
    """One model's upstream; `clock` is monotonic and the one that deadlines are in.

    `is_locked_out` says that it refuses our key, as far as the last answer tells. One that is `within` another shares
    all with it but its breaker: it is one of the models that are asked there.
    """

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
        self.provider = provider
        self.clock = clock
        self.is_locked_out = False
        self._chance = chance or Random()
        self._limits = limits
        self._within: Upstream | None = None
        self.turns = Turns(name, limits, clock)
        self.breaker = Breaker(name, clock, self._chance)
        self._retries = Retries(self._chance)
        self._named: Recent[str, Upstream] = Recent()

    def named(self, model: str) -> "Upstream":
        """The upstream as it is asked for one of the models that it has, by a name that is passed on.

        While that model fails it is not asked for; none is while the upstream cannot be reached.
        """
        found = self._named.get(model)
        if found is None:
            found = Upstream(model, self.provider, self._limits, clock=self.clock, chance=self._chance)
            found._within, found.turns, found._retries = self, self.turns, self._retries
            self._named.write(model, found, MOST_NAMES)
        return found

    async def whole(self, ask: Ask, timing: Timing) -> bytes:
        """The complete answer."""
        begun = self.clock()
        heads: list[float] = []  # of the last try
        ask = ask.copy()
        ask.head_came = lambda: heads.append(self.clock() - begun)
        try:
            while True:
                try:
                    if not self.turns.taken():
                        timing.queued_seconds += await self.turns.wait(ask.deadline)
                    heads.clear()
                    with Try(self, ask, timing):
                        return await self.provider.whole(ask)
                except ProviderError as error:
                    pause = self.pause(error, ask, timing)
                    if pause is None:
                        raise
                await asyncio.sleep(pause)
        finally:
            timing.total_seconds = self.clock() - begun
            timing.first_byte_seconds = heads[0] if heads else None

    async def names(self, deadline: float) -> list[str]:
        """The models that may be asked of it, as far as its provider can tell; takes no turn and proves nothing."""
        return await self.provider.names(deadline) if isinstance(self.provider, Enumerating) else []

    async def close(self) -> None:
        """Let go of the provider."""
        await self.provider.close()

    def began(self, timing: Timing, asker: str = "") -> tuple[bool, bool]:
        """A call with a turn begins, unless a breaker refuses it.

        Says whether it is a probe, and whether it is one of the upstream that this one is within.
        """
        try:
            probe = self.breaker.permit(asker)
            probes_whole = self._within is not None and self._within._permits(self.breaker, probe)
        except ProviderError:
            self.turns.pass_on()
            raise
        timing.tries += 1
        return probe, probes_whole

    def ended(self, error: BaseException | None, ask: Ask, *, probes: tuple[bool, bool], given_seconds: float) -> None:
        """The call is over: what it says of the upstream, and the next one's turn."""
        probe, probes_whole = probes
        whole = self._within or self
        if error is None:
            if whole.is_locked_out:
                whole._let_in()
            self.breaker.succeeded()
            if whole is not self:
                whole.breaker.succeeded()
            self._retries.succeeded()
        elif isinstance(error, ProviderError) and not (error.kind == "timeout" and given_seconds < PROOF_SECONDS):
            if whole is not self:
                whole._touched(error, probes_whole)
            self._failed(error, probe, ask.asker)
        else:
            self.breaker.undecided(probe=probe)
            whole.breaker.undecided(probe=probes_whole)
        self.turns.pass_on()

    def _permits(self, breaker: Breaker, probe: bool) -> bool:
        """Whether a call that `breaker` has let through is a probe here, too."""
        try:
            return self.breaker.permit()
        except ProviderError:
            breaker.undecided(probe=probe)
            raise

    def _touched(self, error: ProviderError, probe: bool) -> None:
        """What the failure of one of its models says of the upstream as a whole: whether it was reached."""
        if error.unreached:
            self.breaker.failed(probe=probe, wait_seconds=error.retry_after_seconds or 0.0)
        elif error.status is not None or error.kind == "garbage":
            self.breaker.succeeded()
        else:
            self.breaker.undecided(probe=probe)

    def _failed(self, error: ProviderError, probe: bool, asker: str) -> None:
        if error.unreached and self._within is not None:
            self.breaker.undecided(probe=probe)
        elif error.status == NO_ROOM:
            self.breaker.limited(probe=probe)
        elif error.kind in FAILS or ((error.status or 0) >= 500 and error.status != NOT_IMPLEMENTED):
            whose = "" if error.unreached or error.kind == "overloaded" else asker  # not what was asked
            self.breaker.failed(probe=probe, wait_seconds=error.retry_after_seconds or 0.0, asker=whose)
        else:
            self.breaker.succeeded()
            whole = self._within or self
            if error.status in LOCKED_OUT and not whole.is_locked_out:
                whole._lock_out(error.status)

    def _lock_out(self, status: int | None) -> None:
        self.is_locked_out = True
        log.error(
            "%s answers with status %d: it refuses our key, or the model to our key; correct key_env, or its "
            "account. A route's other models and fallbacks are asked in its place until it answers again",
            self.name,
            status,
        )

    def _let_in(self) -> None:
        self.is_locked_out = False
        log.warning("%s answers again", self.name)

    def pause(self, error: ProviderError, ask: Ask, timing: Timing) -> float | None:
        """Seconds to wait before trying again; None where the error is final."""
        if timing.first_byte_seconds is not None or not (ask.repeats is None or ask.repeats.may_repeat):
            return None
        pause = self._retries.pause(error, timing.tries, ask.deadline - self.clock())
        if pause is not None and ask.repeats is not None:
            ask.repeats.repeated()
        return pause


class Try:
    """Around one try of a call that has its turn."""

    __slots__ = ("_ask", "_given_seconds", "_probes", "_timing", "_upstream")

    def __init__(self, upstream: Upstream, ask: Ask, timing: Timing) -> None:
        self._upstream = upstream
        self._ask = ask
        self._timing = timing

    def __enter__(self) -> None:
        upstream = self._upstream
        self._probes = upstream.began(self._timing, self._ask.asker)
        self._given_seconds = self._ask.deadline - upstream.clock()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._upstream.ended(error, self._ask, probes=self._probes, given_seconds=self._given_seconds)
