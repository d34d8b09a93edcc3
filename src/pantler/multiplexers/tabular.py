"""The plan of least cost by what a route's calls have shown, query by query and over the route: online and tabular.

    c(plan) = sum_i reach_i (price_i + w_t seconds_i) + w_e P(wrong in the end)             (theory 2.1, 2.3)
    reach_1 = 1,   reach_{i+1} = reach_i P(the judge does not keep i's answer)

Where errors cost nothing, plans are chosen by the lower bound of c (theory 1): max(B1, c - radii), each part's radius a
share of its own range, a call's cost in [B1, B2]; so that what was never tried costs B1. Where bounds are equal, the
means decide. An error in [0, w_e] has bounds so wide that whatever was asked less than a hundred times would come
first; where it costs, the means of what has a few labels decide, and others are tried by draws within an allowance
(`learning.drawing`). A query that is not told apart is decided by the
route's tallies, and the reference model is asked while the route holds few labels. A label is a rating where truth
matters; where it does not, an answer whose charge was seen is as good as one, for nothing else is chosen by. What a
model that was never tried will charge is foreseen by its price, where anybody can: by that it is told, not bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Self

import msgspec
from msgspec.structs import replace

from pantler.core.aims import Aims
from pantler.core.arms import Arm, Judged, arms_of
from pantler.core.beliefs import posterior, tells_anew, told
from pantler.core.briefs import Brief
from pantler.core.counts import CHARGED, DEFERRED, SECONDS, WRONG
from pantler.core.errors import ConfigError
from pantler.core.failing import either
from pantler.core.rows import Candidate
from pantler.core.seams import Prospects
from pantler.core.spread import Spread
from pantler.core.steady import Steady
from pantler.core.tallies import Tallies, View
from pantler.core.types import Call, Fails, Foresee, Key, Miss, Outcome, Plan, Rating, Serve
from pantler.core.weighed import Known, Place, Weighed, note_firm
from pantler.learning.drawing import FEW, TRIED, Drawing, Open

BY_QUERY: Final = "least expected cost by what is known of this query"
BY_ROUTE: Final = "least expected cost by what is known of the route"
EVEN: Final = 0.5  # what a chance is reckoned at before anything is seen, which counts as one observation


@dataclass(frozen=True)
class Terms(Aims):
    """`bounds` are B1 and B2, the route's own percentiles where None; `delta` the chance that a bound fails.

    `share` of all expected cost may go into trying plans.
    """

    bounds: tuple[float, float] | None = None
    delta: float = 0.05
    share: float = 0.03


NO_TERMS: Final = Terms()


class Tabular(Steady):
    """Chooses among `plans`, the earlier winning ties; `reference` is asked alone until there are labels."""

    def __init__(
        self, plans: Sequence[Plan], reference: str, terms: Terms = NO_TERMS, tallies: Tallies | None = None
    ) -> None:
        if not plans:
            raise ConfigError("a multiplexer needs at least one plan; name the models of the route")
        self.plans = tuple(plans)
        self.terms = terms
        self.tallies = Tallies() if tallies is None else tallies
        self._spread = Spread()
        self._reference = Plan((reference,))
        self._arms = {plan: arms_of(plan) for plan in (*self.plans, self._reference)}
        self._models = tuple({arm.model: None for arms in self._arms.values() for arm in arms})
        self._judged = Judged(self.tallies)
        self._error = terms.weights.error
        self._latency = terms.weights.latency
        self._truth_matters = terms.truth_matters
        self._few = min(terms.few_labels, self.tallies.horizon / 2)  # to which a count is halved
        self.drawing = Drawing(terms.share)

    @classmethod
    def for_route(cls, brief: Brief) -> Self:
        terms = Terms(brief.weights, brief.quality_floor, brief.few_labels, brief.bounds, share=brief.exploration)
        tallies = Tallies(max_queries=brief.max_queries, horizon=brief.horizon)
        return cls(brief.plans, brief.reference, terms, tallies)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        view = self.tallies.view(miss.query.key, self.terms.delta)
        best, reason, weighed = self._decided(view, miss.foresee, miss.fails)
        if self.drawing.allowed <= 0.0 or reason not in (BY_QUERY, BY_ROUTE):
            candidates = tuple([self._candidate(each, float(each.plan == best.plan)) for each in weighed])
            return Call(best.plan, self._mean(best), reason=reason, candidates=candidates)
        opened, at = [self._open(each) for each in weighed], weighed.index(best)
        asked, shares = self.drawing.shares(opened, at, self._error, key=miss.query.key)
        candidates = tuple([self._candidate(each, shares.get(place, 0.0)) for place, each in enumerate(weighed)])
        told = reason if asked == at else TRIED
        return Call(weighed[asked].plan, self._mean(weighed[asked]), shares[asked], told, candidates)

    def _account(self, outcome: Outcome) -> None:
        """What was asked, beside what would have been best."""
        weighed = self._decided(self.tallies.view(outcome.query.key, self.terms.delta), fails=outcome.fails)
        asked = outcome.plan or Plan((outcome.model,))
        opened = next((self._open(each) for each in weighed[2] if each.plan == asked and self._is_allowed(each)), None)
        self.drawing.account(self._mean(weighed[0]), opened)

    def revalue(self, stored: Serve) -> float:
        return self._least(stored.query.key)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return self._answered(event) if isinstance(event, Outcome) else self._rated(event, stored)

    def shadowed(self, outcome: Outcome) -> None:
        self._charged(outcome)
        if outcome.wrong is not None:
            self.tallies.observe(outcome.query.key, outcome.model, WRONG, outcome.wrong)

    def snapshot(self) -> Any:
        return [each.snapshot() for each in (self.tallies, self._spread, self._judged, self.drawing)]

    def restore(self, kept: Any) -> None:
        tallies, spread, judged, drawing = msgspec.convert([*kept, [0.0, 0]][:4], tuple[Any, Any, Any, Any])
        parts = ((self.tallies, tallies), (self._spread, spread), (self._judged, judged), (self.drawing, drawing))
        for part, learned in parts:
            part.restore(learned)

    def _answered(self, outcome: Outcome) -> Serve:
        key = outcome.query.key
        if self._error > 0.0 and not self._has_few:
            self._account(outcome)
        self._charged(outcome)
        arm = self._judged.answering(outcome, self._arms.get(outcome.plan, ()) if outcome.plan else ())
        if outcome.wrong is not None:
            self.tallies.observe(key, arm, WRONG, outcome.wrong)
            return Serve(outcome.query, outcome.model, self._least(key), outcome.wrong, 1)
        view = self.tallies.view(key, self.terms.delta)
        wrong = view.seen(arm, WRONG, EVEN, 1.0)[0]
        return Serve(outcome.query, outcome.model, self._mean(self._decided(view)[0]), wrong)

    def _charged(self, outcome: Outcome) -> None:
        self.tallies.observe_calls(outcome)
        for _, charge in outcome.charged:
            self._spread.observe(charge)

    def _rated(self, rating: Rating, stored: Serve | None) -> Serve | None:
        """Move the belief in the answer; its arm is taught once per answer."""
        key = rating.query.key
        arm = self._judged.arm(key, rating.model)
        before = stored.wrong if stored is not None and stored.is_told else self._wrong(key, arm)
        wrong = posterior(before, rating)
        if tells_anew(rating, stored):
            self.tallies.observe(key, arm, WRONG, wrong)
        return None if stored is None else replace(told(stored, wrong, rating), saved=self._least(key))

    def _wrong(self, key: Key, arm: str) -> float:
        return self.tallies.view(key, self.terms.delta).seen(arm, WRONG, EVEN, 1.0)[0]

    def _decided(
        self, view: View, foresee: Foresee | None = None, fails: Fails | None = None
    ) -> tuple[Weighed, str, list[Weighed]]:
        """The best plan with the reason, and all that were weighed."""
        known = Place(view, self._bounds(), foresee, fails)
        weighed = [self._weigh(plan, known) for plan in self.plans]
        if len(weighed) == 1:
            return weighed[0], "the only plan", weighed
        if self._error > 0.0:
            note_firm(weighed, self._reference, self._error, min(FEW, self._few))
        allowed = [each for each in weighed if self._is_allowed(each)]
        if (reason := self._why_reference(allowed)) is not None:
            return self._weigh(self._reference, known), reason, weighed
        if self._error > 0.0:
            allowed = [each for each in allowed if each.is_firm] or allowed
        best = allowed[0]
        for each in allowed[1:]:
            if self._is_before(each, best):
                best = each
        return best, BY_QUERY if view.is_known else BY_ROUTE, weighed

    def _least(self, key: Key) -> float:
        """The mean cost of the plan that would be chosen for a query now."""
        return self._mean(self._decided(self.tallies.view(key, self.terms.delta))[0])

    def _candidate(self, weighed: Weighed, propensity: float) -> Candidate:
        price = max(0.0, weighed.charged - self._latency * weighed.seconds) if weighed.is_told else None
        seconds = weighed.seconds if weighed.is_tried else None
        return Candidate(weighed.plan.models, price, seconds, weighed.wrong, propensity)

    def _is_allowed(self, each: Weighed) -> bool:
        """Whether a plan is right often enough, or has yet to show it."""
        return each.labels < self.terms.few_labels or 1.0 - each.wrong >= self.terms.quality_floor

    def _open(self, each: Weighed) -> Open:
        cost = self._mean(each) if self._is_allowed(each) else inf
        return Open(cost, each.wrong, each.fails, each.held, each.is_firm)

    def _mean(self, weighed: Weighed) -> float:
        return weighed.charged + self._error * weighed.wrong

    def _why_reference(self, allowed: list[Weighed]) -> str | None:
        """Why nothing is chosen yet, if it is not."""
        terms = self.terms
        if self._has_few:
            return f"the reference model, as there are fewer than {terms.few_labels} labels"
        if not self._truth_matters and self.tallies.total(CHARGED) < self._few:
            return f"the reference model, as there are fewer than {terms.few_labels} answers"
        if not allowed:
            return "the reference model, as no plan reaches the quality floor"
        return None

    @property
    def _has_few(self) -> bool:
        """Whether truth matters, and too little is known of it."""
        return self._truth_matters and self.tallies.total(WRONG) < self._few

    def _is_before(self, one: Weighed, other: Weighed) -> bool:
        """Whether the bound of one plan is lower than another's; then whether it is untried, then its mean lower."""
        if self._error > 0.0:
            return self._mean(one) < self._mean(other)
        if one.floor != other.floor:
            return one.floor < other.floor
        if one.is_tried != other.is_tried:
            return other.is_tried
        return self._mean(one) < self._mean(other)

    def _known(self, arm: Arm, at: Place) -> Known:
        view = at.view
        charge, calls = view.seen(arm.model, CHARGED, at.low)
        foreseen = None if calls or at.foresee is None else at.foresee(arm.model)
        wrong, labels = view.seen(arm.answers, WRONG, EVEN, 1.0)
        fails = 0.0 if at.fails is None else at.fails(arm.model)
        seconds = view.seen(arm.model, SECONDS, 0.0)[0]
        known = Known(charge if foreseen is None else foreseen, seconds, either(wrong, fails))
        known.fails = fails
        known.is_told = calls > 0.0 or foreseen is not None
        if calls:
            known.least_charge = charge - (at.high - at.low) * view.radius(calls)
        known.defer = view.seen(arm.answers, DEFERRED, EVEN, 1.0)[0] if arm.is_judged else 0.0
        known.labels, known.held = self.tallies.number(arm.answers, WRONG), labels
        known.is_tried = self.tallies.number(arm.model, CHARGED) > 0.0
        return known

    def _bounds(self) -> tuple[float, float]:
        """B1 and B2. A model that has not been asked for long is in no recent percentile, but its mean is known."""
        if self.terms.bounds is not None:
            return self.terms.bounds
        low, high = self._spread.low, self._spread.high
        for model in self._models:
            mean = self.tallies.mean(model, CHARGED)
            if mean is None:
                continue
            if mean < low:
                low = mean
            if mean > high:
                high = mean
        return low, high

    def _weigh(self, plan: Plan, at: Place) -> Weighed:
        arms = self._arms[plan]
        if not arms[0].is_judged:
            return self._weigh_direct(plan, at)
        least = charged = seconds = wrong = fails = 0.0
        reach = 1.0
        places = [self._known(arm, at) for arm in arms]
        for place in places:
            keeps = reach * (1.0 - place.defer)
            charged += reach * place.charge
            seconds += reach * place.seconds
            wrong += keeps * place.wrong
            fails += keeps * place.fails
            least += reach * place.least_charge
            reach *= place.defer
        floor = max(min(at.low, charged), least)
        weighed = Weighed(plan, floor, charged, seconds, wrong)
        weighed.fails = fails
        weighed.labels = min([place.labels for place in places])
        weighed.held = min([place.held for place in places])
        weighed.is_tried = all(place.is_tried for place in places)
        weighed.is_told = all(place.is_told for place in places)
        return weighed

    def _weigh_direct(self, plan: Plan, at: Place) -> Weighed:
        """What `_weigh` makes of a single model, the most frequent plan, with nothing in between."""
        view, low, high = at.view, at.low, at.high
        model = plan.models[0]
        charge, seconds, wrong, calls, labels = view.direct(model, low, EVEN)
        fails = 0.0 if at.fails is None else at.fails(model)
        floor = min(low, charge)
        if calls:
            least = charge - (high - low) * view.radius(calls)
            if least > floor:
                floor = least
        foreseen = None if calls or at.foresee is None else at.foresee(model)
        weighed = Weighed(plan, floor, charge if foreseen is None else foreseen, seconds, either(wrong, fails))
        weighed.fails = fails
        weighed.labels, calls_in_all = self.tallies.numbers(model)
        weighed.held = labels
        weighed.is_tried = calls_in_all > 0.0
        weighed.is_told = weighed.is_tried or foreseen is not None
        return weighed
