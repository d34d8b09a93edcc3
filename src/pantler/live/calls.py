"""Calls of models as the loop makes them: paid for before, settled and recorded after, whatever comes of them."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from msgspec.structs import replace

from pantler.config.weighing import has_goal
from pantler.core.asks import Ask, Entry
from pantler.core.cost import Weights, cost
from pantler.core.errors import ProviderError
from pantler.core.failing import Failing
from pantler.core.normal import digest
from pantler.core.rows import Asked
from pantler.core.types import Call, Fails, Foresee, Further, Outcome, Plan, Query
from pantler.live import plans
from pantler.live.consulted import Consulted
from pantler.live.errands import Errand, Landing
from pantler.live.flight import Flight
from pantler.live.foreseeing import foreseeing
from pantler.live.means import Answered, Means
from pantler.live.reckoning import ANSWERED, spent_on
from pantler.live.single import is_single, whole
from pantler.texts.forms import form_of

FAILURES: Final = frozenset({"refused", "timeout", "cut", "garbage", "status", "overloaded", "stopped", "no_turn"})
Weigh = Callable[[Query, Sequence[tuple[str, int]], float], Further]
Make = Callable[[Flight[Landing]], Awaitable[tuple[Landing, Outcome]]]


class Held(Protocol):
    """An amount that is held for a call until it is settled."""

    amount: int

    def settle(self, spent: int) -> None:
        """Charge what it took, in nano-dollars."""
        ...


class Books(Protocol):
    """Who is asked for money before a call, and told of it after."""

    def hold(self, errand: Errand, models: Sequence[str]) -> Held:
        """Hold what asking all these models costs at worst; raises where there is no room for it."""
        ...

    def called(
        self, errand: Errand, call: Call, asked: Sequence[Asked], landing: Landing | BaseException
    ) -> int | None:
        """A call is over, with what it brought or failed with; what the reference model would have cost."""
        ...

    def written(self, route: str) -> float | None:
        """Mean tokens out of a route's answers; None before the first."""
        ...


class _Prepared:
    """A call by the means and the weights that its route had when it was asked, whatever a reload brings meanwhile."""

    __slots__ = ("beside", "call", "errand", "fails", "held", "means", "weights")

    def __init__(self, errand: Errand, call: Call, means: Means, weights: Weights, held: Held) -> None:
        self.errand = errand
        self.call = call
        self.means = means
        self.weights = weights
        self.held = held
        self.beside: list[Held] = []  # for whom is asked beside the plan
        self.fails: Fails | None = None


class Calls:
    """Makes calls with the means and by the weights of each route, both by the route's name."""

    def __init__(self, means: Mapping[str, Means], weights: Mapping[str, Weights], books: Books) -> None:
        self.means = means
        self.weights = weights
        self.failing = Failing()
        self.lost: Callable[[str, int], object] = _untold  # where set, told of what a route paid and nobody learns from
        self.further: Weigh = _kept_first  # where set, told of the answers that came for a call that weighs them
        self._books = books

    def use(self, means: Mapping[str, Means], weights: Mapping[str, Weights]) -> None:
        """Make calls by others from now on; by the old ones on routes that are gone, where somebody may still wait."""
        self.means, self.weights = {**self.means, **means}, {**self.weights, **weights}

    def prepare(self, errand: Errand, call: Call) -> Make:
        """Hold what the call may cost at worst; raises where a limit has no room for it."""
        route = errand.route_name
        means = self.means[route]
        if errand.beside or errand.wants_vectors:  # one model is asked, and nobody stands in for it
            means = dataclasses.replace(means, judge=None, fallbacks=())
        further = [model for model in means.fallbacks if model not in call.plan.models]
        held = self._books.hold(errand, (*call.plan.models, *further))
        prepared = _Prepared(errand, call, means, self.weights[route], held)
        prepared.fails = self.fails(errand)
        return partial(self._make, prepared)

    def foresee(self, errand: Errand) -> Foresee:
        """What a call for an errand is likely to charge, before any of its model's was seen."""
        return foreseeing(errand, self.means[errand.route_name].price_of, self._books.written(errand.route_name))

    def fails(self, errand: Errand) -> Fails:
        """How likely each model is to bring no answer to it."""
        route, form, failing = errand.route_name, form_of(errand.ask.body), self.failing
        return lambda model: failing.chance((route, model, form), errand.time)

    async def _make(self, prepared: _Prepared, flight: Flight[Landing]) -> tuple[Landing, Outcome]:
        errand, call, means = prepared.errand, prepared.call, prepared.means
        asked: list[Asked] = []
        said: list[tuple[str, int]] = []
        emit = partial(_emit, flight) if errand.streamed else None
        try:
            plan = _plan(errand, call)
            if call.serves > 0.0 and not errand.passes_on:
                answered = await self._consulted(prepared, _repeating(errand.ask, flight), asked, said)
                answered = plans.given_out(answered, errand.shape.split, emit)
            elif emit is None and is_single(plan):
                answered = await _single(plan, _repeating(errand.ask, flight).of(plan.models[0]), means, asked)
            else:
                if means.judge is not None:  # what it keeps may have to be streamed
                    means = dataclasses.replace(means, split=errand.shape.split)
                answered = await plans.run(plan, _repeating(errand.ask, flight), means, asked, emit)
            landing = _landing(errand, answered, asked)
        except BaseException as error:  # also where nobody waits any longer: what was spent is spent
            self._book(prepared, asked, flight, error)
            raise
        landing.baseline = self._book(prepared, asked, flight, landing)
        landing.first_at = flight.first_at
        return landing, _outcome(prepared, landing, asked, said)

    async def _consulted(
        self, prepared: _Prepared, ask: Ask, asked: list[Asked], said: list[tuple[str, int]]
    ) -> Answered:
        """The best of the answers that it pays to ask for."""
        errand, call = prepared.errand, prepared.call

        def allow(model: str) -> None:
            prepared.beside.append(self._books.hold(errand, (model,)))

        consulted = Consulted(lambda came: self.further(errand.query, came, call.serves), allow, said)
        return await consulted.run(call, ask, prepared.means, asked, errand.key)

    def _book(
        self, prepared: _Prepared, asked: list[Asked], flight: Flight[Landing], end: Landing | BaseException
    ) -> int | None:
        """Charge what was spent; where a price turned out to be unknown, no less than was held."""
        spent = flight.spent = spent_on(asked)
        flight.model = asked[-1].model if asked else flight.model
        held, beside = prepared.held, prepared.beside
        held.settle(held.amount + sum([each.amount for each in beside]) if spent is None else spent)
        for each in beside:  # whose calls are among those that were just paid for
            each.settle(0)
        has_failed = isinstance(end, BaseException)
        in_vain = [each for each in asked if has_failed or each.outcome != ANSWERED]
        if in_vain:
            self.lost(prepared.errand.route_name, sum([each.spent or 0 for each in in_vain]))
        if not prepared.errand.passes_on:
            self._count(prepared.errand, asked, end)
        return self._books.called(prepared.errand, prepared.call, asked, flight.deserted or end)

    def _count(self, errand: Errand, asked: list[Asked], end: Landing | BaseException) -> None:
        """Which calls brought no answer, as far as that was their model's fault."""
        is_refused = isinstance(end, ProviderError) and plans.is_final(end)
        for call in asked[:-1] if is_refused else asked:
            if call.outcome == ANSWERED or call.outcome in FAILURES:
                self.failing.called(call.model, errand.time, failed=call.outcome != ANSWERED)


async def _single(plan: Plan, ask: Ask, means: Means, asked: list[Asked]) -> Answered:
    """What `plans.run` comes to for a plan of one model whose answer comes whole, in less than half of the time."""
    try:
        return await whole(ask, means, asked)
    except ProviderError as error:
        if plans.is_final(error) or not means.fallbacks:
            raise
        standing_in = plans.stand_in(error, plan, ask, means, asked)
    return await standing_in


def _repeating(ask: Ask, flight: Flight[Landing]) -> Ask:
    """The ask as a flight makes it, which says whether it may be made once more."""
    repeating = ask.copy()
    repeating.repeats = flight
    return repeating


def _untold(route: str, spent: int) -> None:
    """Nobody asks."""


def _kept_first(query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
    return Further(said[0][0])


def _outcome(prepared: _Prepared, landing: Landing, asked: list[Asked], said: list[tuple[str, int]]) -> Outcome:
    errand, call = prepared.errand, prepared.call
    chosen, named = call.plan.models[0], errand.ask.model if errand.passes_on else None
    answered = [each for each in asked if each.outcome == ANSWERED]
    charged = [_charge(each, prepared.weights) for each in answered]
    models = [chosen if each.model == named else each.model for each in answered]
    model = landing.entry.model
    return Outcome(
        _heard_by(errand, model),
        chosen if model == named else model,
        sum(charged),
        tuple(zip(models, charged, strict=True)),
        cacheable=errand.wishes.keeps and not errand.bypass and landing.flaw is None,
        seconds=tuple([each.total_seconds for each in answered]),
        plan=call.plan,
        text=digest(landing.entry.body, errand.key) if _matters(prepared) else 0,
        texts=tuple([text for _, text in said]) if said else (),
        beside=call.beside,
        fails=prepared.fails,
        decision=errand.decision,
    )


def _heard_by(errand: Errand, model: str) -> Query:
    """Its query, by the route that learns: what vectors take tells their model's own, none that chooses for words."""
    if errand.wants_vectors and not errand.passes_on:
        return replace(errand.query, route=model)
    return errand.query


def _matters(prepared: _Prepared) -> bool:
    """Whether it makes a difference that an answer is wrong."""
    return prepared.weights.error > 0.0 or has_goal(prepared.errand.route.objective)


def _plan(errand: Errand, call: Call) -> Plan:
    """The plan as it is run: where every name is passed on, the model that was chosen stands for the one asked."""
    return Plan((errand.ask.model,)) if errand.passes_on else call.plan


def _emit(flight: Flight[Landing], model: str, piece: bytes) -> None:
    flight.model = model
    flight.add(piece)


def _landing(errand: Errand, answered: Answered, asked: list[Asked]) -> Landing:
    body = answered.body or errand.shape.join(answered.pieces)
    spent, answering = spent_on(asked), _answering(answered.model, asked)
    entry = Entry(
        body,
        answered.model,
        errand.tenant,
        errand.route_name,
        errand.time,
        pieces=answered.pieces,
        tokens=answering.tokens,
        paid=spent,
        tags=errand.wishes.tags,
        decision=errand.decision,
        estimated=answering.estimated,
    )
    return Landing(entry, spent, errand.flaw(body))


def _answering(model: str, asked: list[Asked]) -> Asked:
    """The model's last call that brought an answer."""
    for each in reversed(asked):
        if each.model == model and each.outcome == ANSWERED:
            return each
    raise AssertionError("whoever answered was asked")


def _charge(asked: Asked, weights: Weights) -> float:
    """What a call cost; one that is free or has no price ranks as if a token were a nano-dollar."""
    paid = asked.spent or asked.tokens.tokens_in + asked.tokens.tokens_out
    return cost(paid, latency_seconds=asked.total_seconds, weights=weights)
