"""A gateway at work, whose configuration may be replaced while it answers."""

import dataclasses
import logging
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pantler.core.cost import Weights
from pantler.core.errors import EndedFirst
from pantler.core.types import Miss
from pantler.gateway import openapi
from pantler.gateway.ailing import ailing
from pantler.gateway.answers import Answers
from pantler.gateway.app import App, Paths
from pantler.gateway.at_once import Reception
from pantler.gateway.books import Books
from pantler.gateway.budgets import Budgets
from pantler.gateway.clocks import Clocks
from pantler.gateway.conversations import said
from pantler.gateway.exchange import Exchange
from pantler.gateway.gauges import gauges_of
from pantler.gateway.guarantees import Guarantees
from pantler.gateway.health import Health
from pantler.gateway.keeping import Keeping
from pantler.gateway.limits import Limiter
from pantler.gateway.listing import PATH, Listing
from pantler.gateway.metrics import Metrics, standing
from pantler.gateway.overhearing import Overhearing
from pantler.gateway.ratings import Ratings
from pantler.gateway.recording import Recording
from pantler.gateway.reliabilities import reliabilities
from pantler.gateway.replies import Refused
from pantler.gateway.said_next import SaidNext
from pantler.gateway.sampling import sampling_of
from pantler.gateway.setup import Setup
from pantler.gateway.spending import UNCOUNTED
from pantler.gateway.straight import GoesStraight
from pantler.gateway.strangers import Strangers
from pantler.gateway.succession import Succession, alike, chooses_alike
from pantler.gateway.told_beside import ToldBeside
from pantler.gateway.wire import Wire
from pantler.gateway.wires import found
from pantler.live.appraising import Appraising
from pantler.live.calls import Calls
from pantler.live.errands import Errand
from pantler.live.loop import Loop
from pantler.live.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from pantler.live.semantic import Semantic  # which stands on NumPy

NO_TENANT = "(no tenant)"  # on whose account pantler itself asks, such as for a judge of what tenants share

log = logging.getLogger("pantler.gateway")


class Serving:
    """Answers by `setup` out of what is in `keeping`."""

    def __init__(self, setup: Setup, keeping: Keeping, clocks: Clocks) -> None:
        self.setup = setup
        self.keeping, self._succession = keeping, Succession(keeping.engine)
        self.clocks = clocks
        self.metrics = Metrics(setup.upstreams)
        self.recording = Recording(keeping.rows.append, self.metrics.folds)
        self.budgets = Budgets(setup.tenants, clocks.wall)
        self._spent = keeping.spent(clocks.wall())
        self.budgets.restore(self._spent.by_day)
        self.limiter = Limiter(setup.tenants, clocks.monotonic)
        self.books = Books(self.budgets, self.recording, clocks.monotonic, setup.terms)
        self.books.ratios = keeping.ratios
        self.books.took = self.limiter.took
        self.strangers = Strangers(self.books, self.metrics, clocks.monotonic)
        self.calls = Calls(setup.means, setup.weights, self.books)
        self.calls.lost, self.calls.further = ToldBeside(keeping.engine).paid, keeping.engine.further
        self.loop = Loop(keeping.engine, keeping.store, self.calls, clocks.wall)
        self.semantic: Semantic | None = None
        self._match(setup)
        self.appraising: Appraising | None = None
        self.answers = Answers(setup.desk, self.limiter, self.loop, self.books, clocks)
        self._appraise(setup)
        self.ratings = Ratings(self.answers, keeping.rows, setup.signals)
        keeping.keep("signals", self.ratings)
        keeping.keep("purses", self.loop.purses)
        self.said_next = SaidNext(self.ratings.overheard, lambda: self.answers.desk)
        self.said_next.use(setup.config.feedback.retry_seconds)
        self.answers.noted, self.answers.looked = self.said_next.note, self.said_next.looked
        self.guarantees = Guarantees(keeping.engine)
        self.ratings.taken = self.guarantees.rated
        self.loop.heard = Overhearing(self.ratings, self.calls.failing).landed
        self.sampling = sampling_of(self.loop, self.calls, self.ratings, clocks)
        self.sampling.use(setup.samples)
        self.answers.committed = keeping.rows.acked if keeping.is_strict else None
        self.health = Health(self._told, self._ailing)
        self._show()
        wires = found()
        self.app = App(self._paths(wires), self._failed, clocks)
        self.reception = Reception(self.answers, wires)
        self.goes_straight = GoesStraight(self.answers, self.app)
        self.loop.forget(self._succession.former(setup.routes))

    def use(self, setup: Setup) -> None:
        """Answer by another setup from now on; requests under way end by the one they began with.

        What may be refused of it is done before anything is changed.
        """
        if chooses_alike(self.setup, setup):
            self._take_up(dataclasses.replace(setup, multiplexer=self.keeping.engine.multiplexer))
            return
        former = self._succession.former(setup.routes)
        worth = self._succession.begin(setup.multiplexer, former, alike(self.setup, setup))
        self._take_up(setup)
        self.loop.forget(former)
        self._succession.end(setup.multiplexer, worth)

    def _take_up(self, setup: Setup) -> None:
        """Answer by another setup, but for what chooses and ranks."""
        budgeted, self.setup = self.setup.terms.budgeted, setup
        self._warn(budgeted)
        self.budgets.reload(setup.tenants)
        self.limiter.reload(setup.tenants)
        self.books.use(setup.terms)
        self.metrics.use(setup.upstreams)
        self.calls.use(setup.means, setup.weights)
        self.answers.desk = setup.desk
        self._match(setup)
        self._appraise(setup)
        self.ratings.use(setup.signals)
        self.said_next.use(setup.config.feedback.retry_seconds)
        self.sampling.use(setup.samples)

    def drain(self) -> None:
        """Readiness fails from now on; requests are still answered."""
        log.info("draining; still being answered: %d", self.app.in_flight)
        self.health.is_draining = True

    def close(self) -> None:
        """Requests that come from now on are refused, and what is under way beside others ends."""
        self.answers.is_closed = True
        self.sampling.beside.close()

    def cut(self) -> None:
        """What is still being answered ends now, with an error."""
        error = EndedFirst("this gateway had to end before the answer did")
        self.loop.streams.cut(error)
        self.answers.pacing.cut(error)

    @property
    def is_busy(self) -> bool:
        """Whether anything is still being answered."""
        return self.app.in_flight > 0

    async def let_go(self) -> None:
        """Let go of the upstreams."""
        self.sampling.beside.close()
        if self.semantic is not None:
            self.semantic.close()
        if self.appraising is not None:
            self.appraising.close()
        for upstream in self.setup.upstreams.values():
            await upstream.close()

    def stats(self) -> dict[str, object]:
        """What there is to know at a glance."""
        cache, ledger = self.keeping.engine.cache, self.keeping.engine.ledger
        return {
            "cache": {"entries": len(cache), "bytes": int(cache.used), "capacity_bytes": int(cache.capacity)},
            "hits": ledger.hits,
            "calls": ledger.calls,
            "hit_ratio": ledger.hit_ratio,
            "in_flight": len(self.loop.streams),
            "lost": self.loop.lost,
            "spent_nano_dollars": {
                tenant.name or NO_TENANT: dict(zip(("day", "month"), self.budgets.spent(tenant.name), strict=True))
                for tenant in self.setup.tenants
            },
        }

    def _match(self, setup: Setup) -> None:
        """Look for near questions where a route does; what was learned of them stays where one no longer does."""
        is_new = self.semantic is None
        if self.semantic is None and setup.likenesses:
            from pantler.live.likeness import Surroundings
            from pantler.live.semantic import Semantic

            around = Surroundings(
                engine=self.keeping.engine,
                store=self.keeping.store,
                weights=self._weights,
                is_flying=lambda key: self.loop.streams.find(key) is not None,
                look=self.loop.look,
                appraise=self._appraised,
                rate=self.loop.rate,
                monotonic=self.clocks.monotonic,
                chance=Random(),
            )
            workers = [Worker(f"pantler-{name}", self.clocks.monotonic) for name in ("semantic", "second")]
            self.semantic = self.loop.semantic = Semantic(around, *workers)
        if self.semantic is not None:
            setup.counsel.sit(self.loop, self.clocks)
            self.semantic.use(setup.likenesses)
            if is_new:
                self.keeping.keep("semantic", self.semantic)

    def _weights(self, route: str) -> Weights:
        """What a route weighs, an error as its goal has it now where it has one."""
        from pantler.gateway.goals import pursued

        return pursued(self.keeping.engine.multiplexer, route) or self.calls.weights[route]

    async def _appraised(self, errand: Errand, miss: Miss) -> Miss:
        miss = miss if self.appraising is None else await self.appraising.look(errand, miss)
        return replace(miss, foresee=self.calls.foresee(errand))

    def _further(self) -> "Iterator[Metric]":
        """What upstreams, and parts that not every gateway has, tell at each scrape."""
        yield standing(self.setup.upstreams)
        yield reliabilities(self.ratings.signals)
        yield from self.sampling.beside.family()
        if self.semantic is not None:
            from pantler.gateway.promises import families as promised

            yield from promised(self.semantic.reports())
        if self.appraising is not None:
            from pantler.gateway.goals import families as weights

            yield from weights(self.keeping.engine.multiplexer)
            yield from self.guarantees.families()
            from pantler.gateway.noticing import families as noticed

            yield from noticed(self.keeping.engine.multiplexer)

    def _appraise(self, setup: Setup) -> None:
        """Look at texts before a model is chosen, where a route's multiplexer is learned."""
        if self.appraising is None and setup.hearings:
            worker = Worker("pantler-appraising", self.clocks.monotonic)
            self.appraising = self.answers.appraising = Appraising(worker, said)
        if self.appraising is not None:
            from pantler.gateway.noticing import listen

            self.appraising.use(setup.hearings)
            listen(setup.multiplexer)

    def _paths(self, wires: list[Wire]) -> Paths:
        """What is served where."""
        listing = Listing(self.answers, lambda: self.setup.upstreams)
        return {
            **{wire.path: {"POST": partial(self.answers.answer, wire)} for wire in wires},
            PATH: {"GET": listing.all},
            f"{PATH}/": {"GET": listing.one},
            "/v1/feedback": {"POST": self.ratings.take},
            openapi.PATH: {"GET": openapi.Described(self.answers, wires).tell},
            "/healthz": {"GET": self.health.alive, "HEAD": self.health.alive},
            "/readyz": {"GET": self._ready, "HEAD": self._ready},
        }

    async def _ready(self, exchange: Exchange) -> None:
        """Names are nobody's business who has no key, where there are keys; the admin listener tells them."""
        await (self.health.known if self.setup.desk.is_open else self.health.ready)(exchange)

    def _told(self) -> dict[str, object]:
        return self.setup.told()

    def _ailing(self) -> dict[str, str]:
        return ailing(self.keeping, self.setup.upstreams) | self._miscounted()

    def _show(self) -> None:
        """Let metrics and log tell how it stands from now on."""
        self.metrics.gauges = gauges_of(self.keeping, self.loop, self.books, self.ratings)
        self.metrics.further = self._further
        self._warn(frozenset())

    def _warn(self, before: frozenset[str]) -> None:
        """Say once that budgets do not count all that was spent: where there are none, that is nobody's loss."""
        if self._miscounted() and not before:
            self._spent.warn()

    def _miscounted(self) -> dict[str, str]:
        return {"budgets": UNCOUNTED} if self._spent.uncounted and self.setup.terms.budgeted else {}

    def _failed(self, exchange: Exchange, refusal: Refused, failure: Exception) -> None:
        fault = refusal.fault
        if fault.status == 500:
            log.error("an answer failed", exc_info=failure, extra={"told": {"decision": exchange.decision}})
        if exchange.holder is None:
            self.strangers.turned_away(exchange, refusal)
        elif not exchange.is_noted:
            self.books.turned_away(exchange, refusal)
