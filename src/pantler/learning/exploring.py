"""A multiplexer that learns online from the outcomes of its own choices, and tries what might be better.

    draw k:   z_mk ~ Normal(mean log-odds, deviation of m's rate),      best_k = the plan of least expected cost
    the plan asked is that of one draw taken at random; its propensity is the share of the draws that have it

Only rates whose deviation is not settled are drawn: the band of uncertainty. A plan is tried only while what it is
expected to cost beyond the best is left of the allowance, a share of all expected cost so far. Everything else is
decided by the multiplexer within, whose appraisals are corrected by what was heard.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from pantler.core.beliefs import posterior
from pantler.core.cost import Weights, cost
from pantler.core.packing import packed
from pantler.core.recent import Recent
from pantler.core.rows import Candidate
from pantler.core.seams import Learner, Multiplexer, Prospects, Watching
from pantler.core.types import Appraisal, Call, Key, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.correction import Correction
from pantler.learning.goals import Pursuit
from pantler.learning.prices import Ratios
from pantler.learning.signals import chance_of
from pantler.learning.threads import Loyalty, Threads

NANO = 1e9
DRAWS = 16
SHARE = 0.03
TRIAL = 0.25  # of the least expected cost: what trying a model takes at least while little was heard of it
MOST_SAVED = 1000.0  # requests whose allowance may be saved up
MOST_WAITING = 4096  # answers whose rating may still come
UNHEARD = "the reference model, as too little was heard of what may cost less"
TRIED = "tried, for it may be better than what is known to be"
STAYED = "the model that has answered before, which is hardly dearer"

_Waiting = list[tuple[bytes, tuple[float, ...], tuple[float, ...]]]
_Doubts = dict[tuple[str, ...], tuple[float, float]]


class Corrigible(Multiplexer, Protocol):
    """A multiplexer that asks for the chances by which it chooses."""

    correct: Callable[[Query], Sequence[float]]  # what an appraisal says, after what was heard since

    def weigh(self, weights: Weights) -> None:
        """Choose by other weights from now on."""
        ...


class Exploring:
    """`inner` decides by the chances that `correction` gives; `share` is the allowance for trying.

    `pursuit`, where it is set, finds the weight of an error from a goal.
    """

    def __init__(self, inner: Corrigible, correction: Correction, weights: Weights, *, share: float = SHARE) -> None:
        self.inner = inner
        inner.correct = self._chances
        self.correction = correction
        self.weights = weights
        self.share = share
        self.allowed = 0.0  # cost that is left for trying
        self.pursuit: Pursuit | None = None
        self.threads = Threads(Loyalty())
        self.revisits = inner.revisits
        self._ratios = Ratios()
        self._chance = Random(0)
        self._waiting: Recent[Key, Appraisal] = Recent()

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        call = self._floored(self.inner.choose(replace(miss, query=self._repriced(miss.query)), prospects))
        before = "" if miss.query.appraisal is None else self.threads.before(miss.query.appraisal)
        if before:
            call = self._stayed(call, before)
        if self.pursuit is not None:
            call = replace(call, reason=f"{call.reason}, a wrong answer at ${self.weights.error / NANO:.3g}")
        if miss.query.appraisal is None or self.allowed <= 0.0 or before:  # who is spoken with is not exchanged to try
            return call
        affordable, doubts = self._affordable(call), self._doubts(miss.query.appraisal)
        return self._drawn(call, affordable, doubts) if any(each.models in doubts for each in affordable) else call

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Outcome):
            return self._answered(event)
        appraisal = self._waiting.pop(event.query.key, None) if event.is_label else None  # a hint teaches no model
        if appraisal is not None and event.model in self.correction.roster.models:
            chance = self._chance_of(event.model, appraisal)
            self.correction.learn(event.model, appraisal, posterior(chance, event))
        return self.inner.learn(event, stored)

    def revalue(self, stored: Serve) -> float:
        return self.inner.revalue(replace(stored, query=self._repriced(stored.query)))

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return self.inner.revisit(replace(stored, query=self._repriced(stored.query)), frequency)

    def left(self, stored: Serve, frequency: float) -> None:
        self.inner.left(stored, frequency)

    def served(self, stored: Serve, frequency: float) -> None:
        if isinstance(self.inner, Watching):
            self.inner.served(stored, frequency)

    def snapshot(self) -> Any:
        """What was learned; appraisals that wait for a rating without their vectors."""
        waiting = [(packed(key), each.wrong, each.prices) for key, each in list(self._waiting.items())]
        inner = self.inner.snapshot() if isinstance(self.inner, Learner) else None
        value = 0.0 if self.pursuit is None else self.pursuit.value
        return [inner, self.correction.snapshot(), self._ratios.snapshot(), self.allowed, value, waiting]

    def restore(self, kept: Any) -> None:
        inner, correction, ratios, allowed, value, waiting = msgspec.convert(
            kept, tuple[Any, Any, Any, float, float, _Waiting]
        )
        if isinstance(self.inner, Learner):
            self.inner.restore(inner)
        self.correction.restore(correction)
        self._ratios.restore(ratios)
        self.allowed = allowed
        if self.pursuit is not None and value > 0.0:
            self.pursuit.value = value
            self.weights = replace(self.weights, error=value)
            self.inner.weigh(self.weights)
        known = [each for each in waiting if len(each[1]) == len(self.correction.roster.models)]
        self._waiting = Recent((int.from_bytes(key), Appraisal(wrong, prices)) for key, wrong, prices in known)

    def _answered(self, outcome: Outcome) -> Serve | None:
        appraisal = outcome.query.appraisal
        if appraisal is None:
            return self.inner.learn(outcome, None)
        if self.pursuit is not None and appraisal.prices:
            self._pursue(self.pursuit, appraisal)
        self._account(outcome, appraisal)
        self._charge(outcome, appraisal)
        self.threads.note(appraisal, outcome.model)
        if outcome.model in self.correction.roster.models and not _is_judged(outcome.plan):
            if outcome.wrong is None:
                self._waiting.write(outcome.query.key, appraisal, MOST_WAITING)
            else:
                self.correction.learn(outcome.model, appraisal, outcome.wrong)
        kept = Appraisal(appraisal.wrong, appraisal.prices)  # the rest need not be kept with every answer
        return self.inner.learn(replace(outcome, query=replace(outcome.query, appraisal=kept)), None)

    def _pursue(self, pursuit: Pursuit, appraisal: Appraisal) -> None:
        if pursuit.note(appraisal.time, self._prices(appraisal), self.correction.cautious(appraisal)):
            self.weights = replace(self.weights, error=pursuit.value)
            self.inner.weigh(self.weights)

    def _chances(self, query: Query) -> Sequence[float]:
        assert query.appraisal is not None, "what was not appraised is not corrected"
        return self.correction.cautious(query.appraisal)

    def _repriced(self, query: Query) -> Query:
        """With prices as the last calls had them, less what a provider has read already."""
        appraisal = query.appraisal
        if appraisal is None or not appraisal.prices or not (self._ratios.any_off or appraisal.earlier):
            return query
        return replace(query, appraisal=replace(appraisal, prices=self._prices(appraisal)))

    def _prices(self, appraisal: Appraisal) -> tuple[float, ...]:
        pairs = zip(self.correction.roster.models, self._plain(appraisal), strict=True)
        return tuple([price * self._ratios.of(model) for model, price in pairs])

    def _plain(self, appraisal: Appraisal) -> tuple[float, ...]:
        """Prices as they were appraised, less what the model that goes on has read before."""
        model = self.threads.saves(appraisal)
        if not model or not appraisal.kept or model not in self.correction.roster.models:
            return appraisal.prices
        at, prices = self.correction.roster.models.index(model), list(appraisal.prices)
        prices[at] = max(0.0, prices[at] - appraisal.kept[at])
        return tuple(prices)

    def _chance_of(self, model: str, appraisal: Appraisal) -> float:
        return chance_of(self.correction.odds(appraisal)[self.correction.roster.models.index(model)])

    def _account(self, outcome: Outcome, appraisal: Appraisal) -> None:
        """Earn the share of what the best model was expected to cost; pay for what was tried beyond it."""
        if not appraisal.prices:
            return
        models = self.correction.roster.models
        pairs = zip(self._prices(appraisal), self.correction.cautious(appraisal), strict=True)
        costs = dict(
            zip(models, [cost(price, wrong=wrong, weights=self.weights) for price, wrong in pairs], strict=True)
        )
        least = min([expected for model, expected in costs.items() if not self._is_unheard(model)])
        asked = outcome.charged[0][0]
        is_tried = asked in costs and not _is_judged(outcome.plan)
        beyond = max(0.0, self._beyond(asked, costs[asked], least)) if is_tried else 0.0
        self.allowed = min(self.allowed + self.share * least - beyond, self.share * least * MOST_SAVED)

    def _charge(self, outcome: Outcome, appraisal: Appraisal) -> None:
        seconds = outcome.seconds or (0.0,) * len(outcome.charged)
        expected = dict(zip(self.correction.roster.models, self._plain(appraisal), strict=False))
        for (model, charge), waited in zip(outcome.charged, seconds, strict=True):
            if model in expected:
                self._ratios.paid(model, expected[model], charge - self.weights.latency * waited)

    def _floored(self, call: Call) -> Call:
        """The reference model while too little was heard of what was chosen, where truth matters."""
        reference = self.correction.roster.reference
        if not self.weights.error or not any(self._is_unheard(model) for model in call.plan.models):
            return call
        stands_in = next((each for each in call.candidates if each.models == (reference,)), None)
        if stands_in is None:
            return call
        weighed = tuple([replace(each, propensity=float(each is stands_in)) for each in call.candidates])
        return Call(Plan((reference,)), self._cost(stands_in), reason=UNHEARD, candidates=weighed)

    def _stayed(self, call: Call, before: str) -> Call:
        """The model that has answered before, where it is dearer by no more than its affinity is worth."""
        stays = next((each for each in call.candidates if each.models == (before,)), None)
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if stays is None or chosen is None or stays is chosen or self._is_unheard(before):
            return call
        least, expected = self._cost(chosen), self._cost(stays)
        if not least <= expected <= (1.0 + self.threads.loyalty.affinity) * least:  # below: it may not be, by a floor
            return call
        weighed = tuple([replace(each, propensity=float(each is stays)) for each in call.candidates])
        return Call(Plan((before,)), expected, reason=STAYED, candidates=weighed)

    def _affordable(self, call: Call) -> list[Candidate]:
        """The chosen plan, and the direct calls that may be tried in its place."""
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if chosen is None:
            return []
        least = self._cost(chosen)
        others = [each for each in call.candidates if each is not chosen and len(each.models) == 1]
        beyond = [self._beyond(each.models[0], self._cost(each), least) for each in others]
        return [chosen, *(each for each, more in zip(others, beyond, strict=True) if 0.0 <= more <= self.allowed)]

    def _beyond(self, model: str, expected: float, least: float) -> float:
        """What trying a model takes from the allowance, which is more than nothing where little was heard of it.

        Negative where it was not chosen for another reason than its cost, such as a floor of quality.
        """
        return max(expected - least, TRIAL * least) if self._is_unheard(model) else expected - least

    def _is_unheard(self, model: str) -> bool:
        few = self.correction.doubts.few
        is_reference = model == self.correction.roster.reference
        return not is_reference and self.correction.heard.get(model, few) < few

    def _cost(self, candidate: Candidate) -> float:
        return candidate.expected_cost(self.weights)

    def _doubts(self, appraisal: Appraisal) -> _Doubts:
        """Of the plans whose model is in doubt: the mean log-odds of its being wrong, and the deviation of its rate."""
        rows = zip(
            self.correction.roster.models, self.correction.odds(appraisal), self.correction.doubtful(), strict=True
        )
        return {(model,): (odds, deviation) for model, odds, deviation in rows if deviation > 0.0}

    def _drawn(self, call: Call, affordable: list[Candidate], doubts: _Doubts) -> Call:
        """The plan of one draw among several, with the share of them that have it."""
        best = [min(affordable, key=partial(self._draw, doubts)).models for _ in range(DRAWS)]
        shares = {models: count / DRAWS for models, count in Counter(best).items()}
        taken = next(each for each in affordable if each.models == best[0])
        weighed = tuple([replace(each, propensity=shares.get(each.models, 0.0)) for each in call.candidates])
        if taken.models == call.plan.models:
            return replace(call, propensity=shares[taken.models], candidates=weighed)
        return Call(Plan(taken.models), self._cost(taken), shares[taken.models], TRIED, weighed)

    def _draw(self, doubts: _Doubts, candidate: Candidate) -> float:
        """What a plan would cost if its model's rate were as one draw has it."""
        expected = self._cost(candidate)
        if candidate.models not in doubts:
            return expected
        odds, deviation = doubts[candidate.models]
        wrong = chance_of(odds + self._chance.gauss(0.0, deviation))
        return expected + self.weights.error * (wrong - candidate.wrong)


def _is_judged(plan: Plan | None) -> bool:
    """Whether a judge chose among answers, so that the one that was kept tells nothing of its model's others."""
    return plan is not None and plan.keep_threshold is not None
