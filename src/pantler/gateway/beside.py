"""Calls beside clients' requests, on the account of whose request it is: to learn from, in the background.

No client waits for one: it begins once the answer is there, leaves at least half of its upstream's turns to others, is
bounded in number and by what its route may spend on it, counts against no key's limits, and ends with the gateway.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from random import Random
from typing import Any, NamedTuple

from prometheus_client.core import CounterMetricFamily, Metric

from pantler.config.funds import Funds
from pantler.core.errors import PantlerError, Unasked
from pantler.core.types import Call, Outcome
from pantler.gateway.clocks import Clocks
from pantler.live.calls import Calls
from pantler.live.errands import Errand, Landing
from pantler.live.loop import Loop

MOST = 8  # at a time
SECONDS = 60.0  # for which one may take
BUSY, NOT_DONE, FAILED = "busy", "not_asked", "failed"

log = logging.getLogger("pantler.gateway")


class Purpose(NamedTuple):
    """What such calls are made for: a share of all answers, by what may be spent on it."""

    name: str
    share: float
    funds: Funds


class Beside:
    """Makes such calls by `loop` and `calls`; `chance` draws what they are made for."""

    def __init__(self, loop: Loop, calls: Calls, clocks: Clocks, chance: Random) -> None:
        self.chance = chance
        self._loop = loop
        self._calls = calls
        self._clocks = clocks
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: Counter[tuple[str, str, str]] = Counter()  # by route, purpose, what came of it
        self._is_closed = False

    def earned(self, route: str, purpose: Purpose, spent: int | None) -> None:
        """A call that a client has asked for took so many nano-dollars."""
        self._loop.purses[route, purpose.name].earn(float(spent or 0), purpose.funds.share)

    def begin(self, route: str, purpose: Purpose, work: Callable[[], Coroutine[Any, Any, str]]) -> None:
        """By the share of the purpose have something done, which says what came of it, unless too much is under way."""
        if self._is_closed or self.chance.random() >= purpose.share:
            return
        if len(self._tasks) >= MOST:
            self._ends[route, purpose.name, BUSY] += 1
            return
        task = asyncio.get_running_loop().create_task(self._done(route, purpose.name, work()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def asked(self, errand: Errand, call: Call, purpose: Purpose) -> tuple[Landing, Outcome]:
        """What one model says to one of `errand`'s; raises Unasked, or what the call fails with."""
        (model,), route = call.plan.models, errand.route.name
        upstreams = self._calls.means[route].upstreams if route in self._calls.means else {}
        if model not in upstreams or not upstreams[model].turns.has_spare:  # a reload may have taken it away
            raise Unasked(f"{model} has no turn to spare")
        purse, cost = self._loop.purses[route, purpose.name], call.expected_cost
        if not purse.takes(cost, purpose.funds, errand.time):
            raise Unasked(f"nothing is left for it on route {route!r}")
        brought: list[Outcome] = []
        spent: float | None = 0.0
        try:
            flight = self._loop.beside(errand, call, brought.append)
            reader = flight.follow(errand.ask.deadline)
            try:
                landing = await reader.value()
            finally:
                reader.leave()
                spent = flight.spent
        finally:
            purse.settle((cost if spent is None else spent) - cost)
        return landing, brought[0]

    def errand(self, errand: Errand, tier: str) -> Errand:
        """The errand of a call that is made beside another one, as the ledger calls it."""
        ask = errand.ask.copy()
        ask.deadline = asyncio.get_running_loop().time() + SECONDS
        further = errand.copy()
        further.decision = f"{errand.decision}-{tier}"
        further.ask = ask
        further.streamed = False
        further.began, further.time = self._clocks.monotonic(), self._clocks.wall()
        further.is_renewal = True
        further.holder = ""
        further.asking = None
        further.beside = tier
        return further

    def price(self, errand: Errand, model: str) -> float:
        """About what a call will charge, nothing where it has no price."""
        return self._calls.foresee(errand)(model) or 0.0

    def family(self) -> Iterator[Metric]:
        """What came of everything that was drawn."""
        told = "Answers that were looked at beside their requests, by what came of it"
        family = CounterMetricFamily("pantler_beside", told, labels=["route", "purpose", "outcome"])
        for labels, count in self._ends.items():
            family.add_metric(labels, count)
        yield family

    async def settled(self) -> None:
        """Return once nothing is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def close(self) -> None:
        """End what is under way, and begin nothing more."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()

    async def _done(self, route: str, purpose: str, work: Coroutine[Any, Any, str]) -> None:
        try:
            end = await work
        except Unasked:
            end = NOT_DONE
        except PantlerError:  # a budget that has no room, or a model that fails; its own row says which
            end = FAILED
        except Exception as error:  # noqa: BLE001 - no client waits for it, nor would anybody else hear of it
            log.error("what was done beside a request of route %r failed (%s)", route, type(error).__name__)
            end = FAILED
        self._ends[route, purpose, end] += 1
