"""Which models are tried for what they may turn out to be, by which chance, and what that may cost.

    draw k:   z_mk ~ Normal(mean log-odds, deviation of m's rate),      best_k = the plan of least expected cost
    the plan asked is that of one draw taken at random; its propensity is the share of the draws that have it

Only rates whose deviation is not settled are drawn: the band of uncertainty. A plan is tried only while what it is
expected to cost beyond the best is left of the allowance, a share of all expected cost so far.
"""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from random import Random

from msgspec.structs import replace

from pantler.core.cost import Weights
from pantler.core.rows import Candidate
from pantler.core.types import Appraisal, Call, Plan
from pantler.learning.correction import Correction
from pantler.learning.signals import chance_of

DRAWS = 16
SHARE = 0.03
TRIAL = 0.25  # of the least expected cost: what trying a model takes at least while little was heard of it
MOST_SAVED = 1000.0  # requests whose allowance may be saved up
TRIED = "tried, for it may be better than what is known to be"

_Doubts = dict[tuple[str, ...], tuple[float, float]]


class Trying:
    """`share` of all expected cost is what trying may take; `allowed` is the cost that is left of it."""

    def __init__(self, correction: Correction, share: float) -> None:
        self.share = share
        self.allowed = 0.0
        self._correction = correction
        self._chance = Random(0)

    def is_unheard(self, model: str) -> bool:
        """Whether too little was heard of a model to ask it but for trying."""
        return model != self._correction.roster.reference and self.has_few(model)

    def has_few(self, model: str) -> bool:
        """Whether too few of a model's answers were rated to choose by them."""
        few = self._correction.doubts.few
        return self._correction.heard.get(model, few) < few

    def account(self, costs: Mapping[str, float], asked: str | None) -> None:
        """Earn the share of what the best model was expected to cost; pay for what was `asked` beyond it.

        None where a judge was to choose among answers, which is no trial.
        """
        least = min([expected for model, expected in costs.items() if not self.is_unheard(model)])
        expected = None if asked is None else costs.get(asked)
        beyond = 0.0 if asked is None or expected is None else max(0.0, self._beyond(asked, expected, least))
        self.allowed = min(self.allowed + self.share * least - beyond, self.share * least * MOST_SAVED)

    def tried(self, call: Call, appraisal: Appraisal, weights: Weights) -> Call:
        """The call as it is, or one of a model in doubt in its place, with propensities."""
        if self.allowed <= 0.0:
            return call
        affordable, doubts = self._affordable(call, weights), self._doubts(appraisal)
        if not any(each.models in doubts for each in affordable):
            return call
        best = [min(affordable, key=partial(self._draw, doubts, weights)).models for _ in range(DRAWS)]
        shares = {models: count / DRAWS for models, count in Counter(best).items()}
        taken = next(each for each in affordable if each.models == best[0])
        weighed = tuple([replace(each, propensity=shares.get(each.models, 0.0)) for each in call.candidates])
        if taken.models == call.plan.models:
            return replace(call, propensity=shares[taken.models], candidates=weighed)
        return Call(Plan(taken.models), taken.expected_cost(weights), shares[taken.models], TRIED, weighed)

    def _affordable(self, call: Call, weights: Weights) -> list[Candidate]:
        """The chosen plan, and the direct calls that may be tried in its place."""
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if chosen is None:
            return []
        least = chosen.expected_cost(weights)
        others = [each for each in call.candidates if each is not chosen and len(each.models) == 1]
        beyond = [self._beyond(each.models[0], each.expected_cost(weights), least) for each in others]
        return [chosen, *(each for each, more in zip(others, beyond, strict=True) if 0.0 <= more <= self.allowed)]

    def _beyond(self, model: str, expected: float, least: float) -> float:
        """What trying a model takes from the allowance, which is more than nothing where little was heard of it.

        Negative where it was not chosen for another reason than its cost, such as a floor of quality.
        """
        return max(expected - least, TRIAL * least) if self.is_unheard(model) else expected - least

    def _doubts(self, appraisal: Appraisal) -> _Doubts:
        """Of the plans whose model is in doubt: the mean log-odds of its being wrong, and the deviation of its rate."""
        correction = self._correction
        rows = zip(correction.roster.models, correction.odds(appraisal), correction.doubtful(), strict=True)
        return {(model,): (odds, deviation) for model, odds, deviation in rows if deviation > 0.0}

    def _draw(self, doubts: _Doubts, weights: Weights, candidate: Candidate) -> float:
        """What a plan would cost if its model's rate were as one draw has it."""
        expected = candidate.expected_cost(weights)
        if candidate.models not in doubts:
            return expected
        odds, deviation = doubts[candidate.models]
        wrong = chance_of(odds + self._chance.gauss(0.0, deviation))
        return expected + weights.error * (wrong - candidate.wrong)
