"""The path of a request: look, serve or call, learn, store.

The engine decides without waiting; here its decisions are carried out. The store is a mirror of the engine's cache:
what it has lost becomes a call, what the engine evicts it drops.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec.structs import replace

from pantler.config.funds import upgrade_share, upgrades_of
from pantler.core.asks import Entry
from pantler.core.edges import Store
from pantler.core.engine import STAYS, Engine
from pantler.core.errors import PantlerError
from pantler.core.failing import braced
from pantler.core.rows import RENEWED, SHADOW
from pantler.core.sizes import bytes_of
from pantler.core.types import Call, Fails, Foresee, Key, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.live.calls import Make
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.flight import Flight
from pantler.live.passages import Passage
from pantler.live.purses import Purses
from pantler.live.streams import Streams

if TYPE_CHECKING:
    from pantler.live.semantic import Semantic  # which stands on NumPy

RENEWAL_SECONDS: Final = 300.0
UPGRADES: Final = "upgrades"
VECTORS: Final = "the reference model, as vectors of two models cannot be compared"
MOST_CHANCES: Final = 4096  # that are kept rounded


class Prepares(Protocol):
    """Makes calls ready to be made."""

    def prepare(self, errand: Errand, call: Call) -> Make:
        """Hold what the call may cost at worst; raises where a limit has no room for it."""
        ...

    def foresee(self, errand: Errand) -> Foresee | None:
        """What a call is likely to charge, before any of its model's was seen; None where nobody can tell."""
        ...

    def fails(self, errand: Errand) -> Fails | None:
        """How likely each model is to bring no answer to it; None where nobody knows."""
        ...


class Loop:
    """One engine at work: its cache mirrored in `store`, its calls made by `calls`; `clock` counts from the epoch."""

    def __init__(self, engine: Engine, store: Store, calls: Prepares, clock: Callable[[], float]) -> None:
        self.engine = engine
        self.store = store
        self.streams: Streams[Landing] = Streams()
        self.lost = 0  # kept by the engine, missing in the store
        self.calls = calls
        self.semantic: Semantic | None = None  # where a route looks for near questions
        self.heard: Callable[[Errand, Landing], object] | None = None  # where set, told of every answer that has come
        self.sampled: Callable[[Errand, Landing, Call], object] | None = None  # where set, too, with what was weighed
        self.purses = Purses()
        self._clock = clock

    def look(self, errand: Errand) -> Hit | Miss:
        """Count the arrival; what is stored, if it may be served."""
        now = errand.time
        if errand.bypass or not errand.wishes.looks:
            return Miss(errand.query)
        if self._is_too_old(errand) and self.engine.cache.look(errand.key, now) is not None:
            return Miss(errand.query)
        entry = self.store.get(errand.key)
        if entry is None:
            self._miss_bytes(errand.key, now)
        found = self.engine.look(errand.query, now)
        if isinstance(found, Miss):
            self._lose(errand.key)  # what has expired leaves at the look
            return found
        assert entry is not None, "what has no bytes has left"
        return self._hit(errand, found, entry)

    def fresh(self, key: Key, oldest: float | None, now: float) -> Entry | None:
        """What `look` would now serve that has not expired and is not older than so many seconds; changes nothing."""
        entry = self.store.get(key)
        if entry is None or entry.expires <= now or self.engine.cache.peek(key) is None:
            return None
        return entry if oldest is None or now - entry.stored_at <= oldest else None

    def visit(self, query: Query, now: float) -> Serve:
        """Count the arrival of what is `fresh`; what is believed of it, with an upgrade that is due, if it is."""
        found = self.engine.look(query, now)
        assert isinstance(found, Serve), "what is fresh is served"
        return found

    def upgrade(self, errand: Errand, serve: Serve) -> None:
        """Ask the model in the background that would pay for itself, where the route may spend that on upgrades."""
        call, route = serve.upgrade, errand.route
        if call is None or errand.wants_vectors or not errand.wishes.calls:
            return
        told = next((each.price for each in call.candidates if each.models == call.plan.models), None)
        price = call.expected_cost if told is None else told
        purse = self.purses[route.name, UPGRADES]
        if purse.takes(price, upgrades_of(route.multiplexer), errand.time):
            flight = self._renew(errand.appraised(serve.query.appraisal), call)
            if flight is None:
                purse.settle(-price)
            else:
                flight.tells(lambda: purse.ended(price, flight.spent, came=flight.value is not None))

    def beside(self, errand: Errand, call: Call, brought: Callable[[Outcome], object]) -> Flight[Landing]:
        """A call beside a client's request, of which nothing is kept and `brought` alone is told; raises as `prepare`.

        It ends with its last reader.
        """
        make = self.calls.prepare(errand, call)

        async def called(flight: Flight[Landing]) -> Landing:
            landing, outcome = await make(flight)
            brought(outcome)
            if self.heard is not None and errand.beside == SHADOW:
                self.heard(errand, landing)
            return landing

        return self.streams.launch(called)

    def answer(self, errand: Errand, miss: Miss) -> Passage:
        """Join the equal call that is under way, or make one."""
        return Passage(errand, partial(self.board, errand, miss))

    def board(self, errand: Errand, miss: Miss, failed: Flight[Landing] | None) -> tuple[Flight[Landing], bool]:
        """A flight that will bring the answer, and whether it was started for this errand.

        Those whose flight has `failed` all take its one successor, which the first of them starts.
        """
        flight = self.streams.find(_joined(errand)) if failed is None else failed.successor
        if flight is not None and flight.may_be_followed:
            return flight, False
        flight = self._launch(errand.appraised(miss.query.appraisal), self._decide(errand, miss))
        if failed is not None:
            failed.successor = flight
            flight.is_successor = True
        return flight, True

    def rate(self, rating: Rating, *, is_this: Callable[[Entry], bool]) -> bool:
        """Fold in what somebody said of an answer; whether one that is still stored was dropped for it.

        `is_this` tells whether a stored entry is the answer that was rated.
        """
        key = rating.query.key
        entry = self.store.get(key)
        if entry is None or not is_this(entry):  # it has left, or another answer is there by now
            self.engine.multiplexer.learn(rating, None)
            return False
        self.engine.learn(rating, self._clock())
        if rating.good < 0.5 and rating.is_label:
            self.forget([key])
            return True
        self._mirror(key)
        return self.engine.cache.peek(key) is None

    def take_back(self, key: Key, *, is_this: Callable[[Entry], bool]) -> None:
        """Let go of an answer that shows itself to be none, if it is still the one that is stored."""
        entry = self.store.get(key)
        if entry is not None and is_this(entry):
            self.forget([key])

    def forget(self, keys: Sequence[Key]) -> int:
        """Let go of what is stored under the keys; how many of them there were."""
        gone = 0
        for key in keys:
            gone += self.engine.cache.drop(key)
            self._lose(key)
        return gone

    def _decide(self, errand: Errand, miss: Miss) -> Call:
        if errand.wants_vectors and not errand.passes_on:
            return _of_one_space(errand, self.calls.foresee(errand))
        fails, foresee, query = self.calls.fails(errand), self.calls.foresee(errand), miss.query
        if fails is not None and query.appraisal is not None:
            query = replace(query, appraisal=braced(query.appraisal, errand.route.models, fails))
        return self.engine.decide(Miss(query, miss.frequency, foresee, fails, miss.is_late))

    def _launch(self, errand: Errand, call: Call) -> Flight[Landing]:
        make = self.calls.prepare(errand, call)
        flight = self.streams.launch(partial(self._call, errand, make), _joined(errand))
        flight.call = call
        return flight

    async def _call(self, errand: Errand, make: Make, flight: Flight[Landing]) -> Landing:
        landing, outcome = await make(flight)
        landing = self._learn(errand, landing, outcome)
        if self.sampled is not None and flight.call is not None:
            self.sampled(errand, landing, flight.call)
        return landing

    def _learn(self, errand: Errand, landing: Landing, outcome: Outcome) -> Landing:
        """Teach the engine; keep the answer's bytes where it keeps the item."""
        now, key, entry = self._clock(), errand.key, landing.entry
        if not errand.is_renewal:
            cost = sum([charge for _, charge in outcome.charged])
            self.purses[errand.route_name, UPGRADES].earn(cost, upgrade_share(errand.route.multiplexer))
        expires = errand.expiry(now)
        stale = errand.route.stale_seconds
        entry = landing.entry = replace(entry, stored_at=now, expires=expires)
        for item in self.engine.cache.purge(now):
            self._lose(item.key)
        outcome.size_bytes, outcome.expires = bytes_of(entry.body, entry.pieces), expires + stale
        verdict = self.engine.learn(outcome, now)
        if verdict.admitted:
            self.store.put(key, entry)
            for item in verdict.evicted:
                self._lose(item.key)
        elif outcome.cacheable and verdict is not STAYS:
            self._lose(key)
        if self.semantic is not None:
            self.semantic.landed(errand, landing, admitted=verdict.admitted)
        if self.heard is not None:
            self.heard(errand, landing)
        return landing

    def _is_too_old(self, errand: Errand) -> bool:
        """Whether what is stored is older than the client will have it."""
        oldest = errand.wishes.max_age_seconds
        entry = None if oldest is None else self.store.get(errand.key)
        return oldest is not None and entry is not None and errand.time - entry.stored_at > oldest

    def _lose(self, key: Any) -> None:
        """The engine keeps nothing under the key any longer."""
        self.store.drop(key)
        if self.semantic is not None:
            self.semantic.drop(key)

    def _miss_bytes(self, key: Key, now: float) -> None:
        """The store has nothing under the key: what the engine would serve for it leaves before it counts as a hit."""
        item = self.engine.cache.peek(key)
        if item is not None and item.expires > now:
            self.lost += 1
            self.engine.cache.drop(key)

    def _mirror(self, key: Key) -> None:
        if self.engine.cache.peek(key) is None:
            self._lose(key)

    def _hit(self, errand: Errand, serve: Serve, entry: Entry) -> Hit:
        is_stale = entry.expires <= errand.time
        if not is_stale:
            self.upgrade(errand, serve)
        elif errand.wishes.calls:
            errand = errand.appraised(serve.query.appraisal)
            self._renew(errand, self._decide(errand, Miss(errand.query)))
        return as_hit(serve, entry, "stale" if is_stale else "hit")

    def _renew(self, errand: Errand, call: Call) -> Flight[Landing] | None:
        """Ask anew in the background; None where that is under way or no limit has room for it."""
        if self.streams.find(errand.key) is None:
            deadline = asyncio.get_running_loop().time() + RENEWAL_SECONDS
            renewal = errand.copy()
            renewal.decision = errand.decision + RENEWED
            renewal.ask = errand.ask.copy()
            renewal.ask.deadline = deadline
            renewal.streamed, renewal.is_renewal = False, True
            with suppress(PantlerError):  # a refused budget: what is stored goes on being served
                flight = self._launch(renewal, call)
                flight.hold()
                return flight
        return None


def as_hit(serve: Serve, entry: Entry, tier: str = "hit") -> Hit:
    """What is served of the query's own."""
    return Hit(entry, tier, serve.reason, wrong=held_wrong(serve))


def held_wrong(serve: Serve) -> float | None:
    """How likely a row says that what was served is wrong; None where nobody has said anything of it."""
    return _rounded(serve.wrong) if serve.wrong or serve.is_told else None


@lru_cache(MOST_CHANCES)
def _rounded(chance: float) -> float:
    """As finely as rows need differ; rounding takes as long as looking up what is served."""
    return round(chance, 4)


def _of_one_space(errand: Errand, foresee: Foresee | None) -> Call:
    """The call for vectors: of the one model that its route leaves, whoever chooses there for words."""
    (model,) = errand.route.models
    expected = None if foresee is None else foresee(model)
    return Call(Plan((model,)), expected or 0.0, reason=VECTORS)


def _joined(errand: Errand) -> Key | None:
    """The key under which equal errands share a call."""
    return errand.key if errand.wishes.looks and not errand.bypass else None
