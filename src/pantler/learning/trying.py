"""Which models are tried for what they may turn out to be, by which chance, and what that may cost.

    draw k:   z_mk ~ Normal(mean log-odds, deviation of m's rate),      best_k = the plan of least expected cost
    the plan asked is that of one draw taken at random; its propensity is the share of the draws that have it

Only rates whose deviation is not settled are drawn: the band of uncertainty; a newcomer's with the doubt in whom it
resembles, so that it is tried also where its siblings are weak and it may not be. So are prices that no recent call
tells, at exp(Normal(0, DOUBT)) times what they were, since only calls tell that a model has become cheaper; and the
cost of a plan that a judge ends, a challenger, for how often it goes on and what it lets pass are its own. A plan is
tried only while what it is expected to cost beyond the best is left of the allowance, a share of all expected cost.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from math import exp
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from pantler.core.cost import Weights
from pantler.core.rows import Candidate
from pantler.core.types import Appraisal, Call, Plan
from pantler.learning.challengers import NO_CHALLENGERS, Challenger, Models
from pantler.learning.correction import Correction
from pantler.learning.drawing import DRAWS, MOST_SAVED, TRIAL, TRIED
from pantler.learning.prices import Ratios
from pantler.learning.signals import chance_of

SHARE: Final = 0.03
BEST_CASE: Final = 2.0  # standard deviations by which an old price may be lower


class _Doubt(NamedTuple):
    """A model's mean log-odds of being wrong, the deviation of its rate and that of the logarithm of its price."""

    odds: float
    of_rate: float
    of_price: float


_Doubts = dict[Models, _Doubt]


class Trying:
    """`share` of all expected cost is what trying may take; `allowed` is the cost that is left of it."""

    def __init__(self, correction: Correction, ratios: Ratios, share: float) -> None:
        self.share = share
        self._ratios = ratios
        self.allowed = 0.0
        self._judged: Counter[Models] = Counter()  # labels of answers that came by a plan which a judge ends
        self._correction = correction
        self._chance = Random(0)

    def is_unheard(self, plan: Models) -> bool:
        """Whether too little was heard of a plan to follow it but for trying."""
        return plan != (self._correction.roster.reference,) and self.has_few(plan)

    def has_few(self, plan: Models) -> bool:
        """Whether too few of a plan's answers were rated to choose by them."""
        few = self._correction.doubts.few
        if len(plan) > 1:
            return self._judged[plan] < few
        return self._correction.heard.get(plan[0], few) < few

    def labelled(self, plan: Models) -> None:
        """An answer that came by a plan which a judge ends was rated."""
        self._judged[plan] += 1

    def account(self, costs: Mapping[Models, float], asked: Models) -> None:
        """Earn the share of what the best plan was expected to cost; pay for what was `asked` beyond it."""
        least = min([expected for plan, expected in costs.items() if not self.is_unheard(plan)])
        expected = costs.get(asked)
        beyond = 0.0 if expected is None else max(0.0, self._beyond(asked, expected, least))
        self.allowed = min(self.allowed + self.share * least - beyond, self.share * least * MOST_SAVED)

    def tried(
        self,
        call: Call,
        appraisal: Appraisal,
        weights: Weights,
        challengers: Mapping[Models, Challenger] = NO_CHALLENGERS,
    ) -> Call:
        """The call as it is, or one of a plan in doubt in its place, with propensities."""
        affordable = self._affordable(call, weights, challengers)
        doubts = _open(self._doubts(appraisal), affordable, weights)
        unsure = {models: each.deviation for models, each in challengers.items() if each.deviation > 0.0}
        if not any(each.models in doubts or each.models in unsure for each in affordable):
            return call
        best = [min(affordable, key=partial(self._draw, doubts, unsure, weights)).models for _ in range(DRAWS)]
        shares = {models: count / DRAWS for models, count in Counter(best).items()}
        taken = next(each for each in affordable if each.models == best[0])
        weighed = tuple([replace(each, propensity=shares.get(each.models, 0.0)) for each in call.candidates])
        if taken.models == call.plan.models:
            return replace(call, propensity=shares[taken.models], candidates=weighed)
        plan = challengers[taken.models].plan if taken.models in challengers else Plan(taken.models)
        return Call(plan, taken.expected_cost(weights), shares[taken.models], TRIED, weighed, call.hits)

    def snapshot(self) -> Any:
        return [self.allowed, list(self._judged.items())]

    def restore(self, kept: Any) -> None:
        self.allowed, judged = msgspec.convert(kept, tuple[float, list[tuple[Models, int]]])
        self._judged = Counter(dict(judged))

    def _affordable(self, call: Call, weights: Weights, challengers: Mapping[Models, Challenger]) -> list[Candidate]:
        """The chosen plan, and those that may be tried in its place."""
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if chosen is None:
            return []
        least = chosen.expected_cost(weights)
        known = [each for each in call.candidates if len(each.models) == 1 or each.models in challengers]
        others = [each for each in known if each is not chosen]
        beyond = [self._beyond(each.models, each.expected_cost(weights), least) for each in others]
        return [chosen, *(each for each, more in zip(others, beyond, strict=True) if 0.0 <= more <= self.allowed)]

    def _beyond(self, plan: Models, expected: float, least: float) -> float:
        """What trying a plan takes from the allowance, which is more than nothing where little was heard of it.

        Negative where it was not chosen for another reason than its cost, such as a floor of quality.
        """
        return max(expected - least, TRIAL * least) if self.is_unheard(plan) else expected - least

    def _doubts(self, appraisal: Appraisal) -> _Doubts:
        """Of the plans whose model is in doubt."""
        correction = self._correction
        models = correction.roster.models
        rows = zip(
            models,
            correction.odds(appraisal),
            correction.doubtful(appraisal),
            map(self._ratios.doubt, models),
            strict=True,
        )
        return {(model,): _Doubt(*doubt) for model, *doubt in rows if doubt[1] > 0.0 or doubt[2] > 0.0}

    def _draw(self, doubts: _Doubts, unsure: Mapping[Models, float], weights: Weights, candidate: Candidate) -> float:
        """What a plan would cost if its model's rate, or its own cost, were as one draw has it."""
        expected = candidate.expected_cost(weights)
        if candidate.models in unsure:
            return expected + self._chance.gauss(0.0, unsure[candidate.models])
        if candidate.models not in doubts:
            return expected
        odds, of_rate, of_price = doubts[candidate.models]
        if of_price > 0.0:
            expected += (candidate.price or 0.0) * (exp(self._chance.gauss(0.0, of_price)) - 1.0)
        if of_rate > 0.0:
            expected += weights.error * (chance_of(odds + self._chance.gauss(0.0, of_rate)) - candidate.wrong)
        return expected


def _open(doubts: _Doubts, affordable: Sequence[Candidate], weights: Weights) -> _Doubts:
    """Those doubts by which a plan may turn out to be better than the first; most old prices are of no such plan."""
    found = {}
    for each in affordable:
        doubt = doubts.get(each.models)
        if doubt is None:
            continue
        saved = (1.0 - exp(-BEST_CASE * doubt.of_price)) * (each.price or 0.0)
        if doubt.of_rate > 0.0 or each.expected_cost(weights) - saved < affordable[0].expected_cost(weights):
            found[each.models] = doubt
    return found
