"""What each plan is expected to come to at one query, by what is expected of its models and what a judge has shown.

    paid    = sum_i reach_i (price_i + w_t seconds_i)                                      (theory 2.3)

What a model has charged for the very same query counts as `strength` says of what was appraised.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Final, NamedTuple

from pantler.core.cost import Weights
from pantler.core.counts import CHARGED, DEFERRED, SECONDS
from pantler.core.plans import reaches
from pantler.core.rows import Candidate
from pantler.core.tallies import Tallies, View
from pantler.core.types import Foresee, Plan, Query
from pantler.learning.challengers import Challenger, deviation
from pantler.learning.hearsay import Hearsay

EVEN: Final = 0.5  # what a chance is reckoned at before anything is seen
LEAST: Final = 1e-9  # stands for likeness of nothing


class Expected(NamedTuple):
    """A plan at one query: what is paid once, of which so much is price; what is risked at each serve."""

    plan: Plan
    paid: float
    price: float
    seconds: float
    wrong: float

    def lasting(self, penalty: float) -> float:
        """Cost, if being wrong costs so much over all serves."""
        return self.paid + penalty * self.wrong


class Expecting:
    """Of `models`, in the order of an appraisal."""

    def __init__(self, models: Sequence[str], tallies: Tallies, hearsay: Hearsay, *, strength: float) -> None:
        self.models = tuple(models)
        self.weights = Weights()
        self._tallies = tallies
        self._hearsay = hearsay
        self._strength = strength

    def expected(
        self, plan: Plan, query: Query, view: View, wrong: Mapping[str, float], foresee: Foresee | None = None
    ) -> Expected:
        """Of one plan, its models being wrong with these chances; prices by `foresee`, where it is given."""
        if plan.keep_threshold is None:
            return self._direct(plan, query, view, wrong, foresee)
        price = seconds = ends_wrong = 0.0
        reach, asked = 1.0, [1.0] * len(plan.models)  # who is asked with others is asked where the first of them is
        starts, last = reaches(plan), len(plan.models) - 1
        for place, model in enumerate(plan.models):
            asked[place] = reach
            is_judged = place < last
            defer = view.seen(model, DEFERRED, EVEN, 1.0)[0] if is_judged else 0.0
            price += asked[starts[place]] * self.price(query, view, model, foresee)
            seconds += reach * view.seen(model, SECONDS, 0.0)[0]
            let_through = self._hearsay.let_through(model) if is_judged else 1.0
            ends_wrong += reach * (1.0 - defer) * wrong[model] * let_through
            reach *= defer
        return Expected(plan, price + self.weights.latency * seconds, price, seconds, ends_wrong)

    def challenger(self, plan: Plan, query: Query, view: View, wrong: Mapping[str, float]) -> Challenger:
        """Of a plan that a judge ends."""
        error, expected = self.weights.error, self.expected(plan, query, view, wrong)
        *judged, last = plan.models
        reach = prod(view.seen(model, DEFERRED, EVEN, 1.0)[0] for model in judged)
        kept = max(0.0, expected.wrong - reach * wrong[last])
        going_on = self.price(query, view, last) + error * (wrong[last] - kept / max(1.0 - reach, LEAST))
        off = deviation(self._hearsay.heard(judged), reach, going_on, error * kept)
        return Challenger(plan, expected.lasting(error), off)

    def price(self, query: Query, view: View, model: str, foresee: Foresee | None = None) -> float:
        """What asking the model charges, leaning on what it has charged for this query; what is foreseen, if it is."""
        foreseen = None if foresee is None else foresee(model)
        if foreseen is not None:
            return foreseen
        appraisal, latency = query.appraisal, self.weights.latency
        if appraisal is None or not appraisal.prices:
            waited = latency * view.seen(model, SECONDS, 0.0)[0]
            return max(0.0, view.seen(model, CHARGED, 0.0)[0] - waited)
        expected = appraisal.prices[self.models.index(model)]
        number, total = view.own(model, CHARGED)
        if not number:
            return expected
        total -= latency * view.own(model, SECONDS)[1]
        return max(0.0, (self._strength * expected + total) / (self._strength + number))

    def paid(self, query: Query, view: View) -> list[float]:
        """What one call of each model comes to."""
        latency = self.weights.latency
        return [self.price(query, view, model) + latency * view.seen(model, SECONDS, 0.0)[0] for model in self.models]

    def _direct(
        self, plan: Plan, query: Query, view: View, wrong: Mapping[str, float], foresee: Foresee | None
    ) -> Expected:
        """Of one whose first answer is the last."""
        model = plan.models[0]
        price, seconds = self.price(query, view, model, foresee), view.seen(model, SECONDS, 0.0)[0]
        return Expected(plan, price + self.weights.latency * seconds, price, seconds, wrong[model])

    def candidate(self, each: Expected, propensity: float) -> Candidate:
        """A plan as it is told."""
        is_timed = all(self._tallies.number(model, SECONDS) for model in each.plan.models)
        return Candidate(each.plan.models, each.price, each.seconds if is_timed else None, each.wrong, propensity)
