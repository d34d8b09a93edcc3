"""The plan of least cost for a query never seen, by what an appraisal expects of each model, over the hits to come.

    c(plan) = paid + (1 + h) w_e P(wrong in the end)                                       (theory 2.2)
    paid    = sum_i reach_i (price_i + w_t seconds_i)                                      (theory 2.3)

    kept        the plan of least c                   not kept    the same with h = 0
    a hit saves  min c at h = 0, less w_e p           p: the belief that the stored answer is wrong
    upgrade      to another model's answer when       min paid + h w_e P(wrong) < h w_e p
    drop         when a hit saves nothing

An appraisal comes with the query. One that has none is decided by the rates of the route, and by the reference model
while the route holds few labels. What a model has charged for the very same query, and what was said of its answers,
counts too; a text that was said to be wrong is as wrong when another model repeats it.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from pantler.core.aims import Aims
from pantler.core.appraised import as_appraised
from pantler.core.beliefs import posterior, told
from pantler.core.briefs import Brief
from pantler.core.cost import Weights
from pantler.core.errors import ConfigError
from pantler.core.plans import reaches
from pantler.core.rows import Candidate
from pantler.core.seams import Prospects
from pantler.core.survival import Survival
from pantler.core.tallies import CHARGED, DEFERRED, SECONDS, WRONG, Tallies, View
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.challengers import NO_CHALLENGERS, Challenger, Models, deviation
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK, FITTED
from pantler.learning.exploring import Exploring
from pantler.learning.goals import Goal, Pursuit
from pantler.learning.hearsay import Hearsay
from pantler.learning.threads import Loyalty, Threads

EVEN = 0.5  # what a chance is reckoned at before anything is seen
LEAST = 1e-9  # stands for likeness of nothing
LATE = "; its text was not looked at in time"

Correct = Callable[[Query], Sequence[float]]
"""The chances of a query's appraisal after what was heard of other queries since it was fitted."""


@dataclass(frozen=True)
class Trust(Aims):
    """`alike` in 0..1 is how much one answer of a model tells of its next to the same query.

    Where `amortise`, an error counts at every hit to come.
    """

    alike: float = 0.9
    amortise: bool = True


NO_TRUST = Trust()


class _Expected(NamedTuple):
    """A plan at one query: what is paid once, of which so much is price; what is risked at each serve."""

    plan: Plan
    paid: float
    price: float
    seconds: float
    wrong: float

    def lasting(self, penalty: float) -> float:
        """Cost, if being wrong costs so much over all serves."""
        return self.paid + penalty * self.wrong


class Learned:
    """Chooses among `plans`, the earlier winning ties; an appraisal's order of models is that in which they name them.

    `correct` may be set to what learns online; as it is, chances are taken as they come.
    """

    def __init__(
        self, plans: Sequence[Plan], reference: str, aims: Trust = NO_TRUST, tallies: Tallies | None = None
    ) -> None:
        if not plans:
            raise ConfigError("a multiplexer needs at least one plan; name the models of the route")
        self.plans = tuple(plans)
        self.models = tuple({model: None for plan in plans for model in plan.models})
        if reference not in self.models:
            raise ConfigError(f"the reference {reference!r} is in no plan; name one of {', '.join(self.models)}")
        self.aims = aims
        self.revisits = aims.amortise
        self.tallies = Tallies() if tallies is None else tallies
        self.survival = Survival()
        self.correct: Correct = as_appraised
        self._reference = Plan((reference,))
        self._hearsay = Hearsay(self.tallies)
        self._strength = (1.0 - aims.alike) / max(aims.alike, LEAST)

    @classmethod
    def for_route(cls, brief: Brief) -> Exploring:
        """One that learns online what its route's outcomes tell."""
        aims = Trust(brief.weights, brief.quality_floor, brief.few_labels, amortise=brief.amortise)
        tallies = Tallies(max_queries=brief.max_queries, horizon=brief.horizon)
        roster = Roster(brief.models, brief.reference, brief.newcomers, brief.dimensions)
        correction = Correction(roster, FITTED if brief.is_fitted else BLANK)
        inner = cls(brief.plans, brief.reference, aims, tallies)
        made = Exploring(inner, correction, brief.weights, share=brief.exploration)
        made.charges.threads = Threads(Loyalty(brief.affinity, brief.prompt_cache_seconds))
        if brief.max_quality_loss is not None or brief.budget_per_day is not None:
            goal = Goal(brief.max_quality_loss, brief.budget_per_day)
            made.pursuit = Pursuit(goal, brief.models.index(brief.reference))
        return made

    def weigh(self, weights: Weights) -> None:
        """Choose by other weights from now on."""
        self.aims = dataclasses.replace(self.aims, weights=weights)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        query, error, late = miss.query, self.aims.weights.error, LATE if miss.is_late else ""
        weighed = self._weighed(query)
        now = self._best(weighed)
        if query.appraisal is None and self._is_untold():
            now = next((each for each in weighed if each.plan == self._reference), now)
            few = f"the reference model, as there are fewer than {self.aims.few_labels} labels{late}"
            return self._call(now, weighed, few)
        hits = self.survival.expected(miss.frequency) if self.aims.amortise else 0.0
        lasting = self._best(weighed, error * (1.0 + hits))
        if lasting is now or not prospects.keeps(query, now.lasting(error) - error * lasting.wrong):
            return self._call(now, weighed, f"least expected cost{late}", hits)
        return self._call(lasting, weighed, f"least expected cost over the hits to come{late}", hits)

    def challengers(self, query: Query) -> Mapping[Models, Challenger]:
        """The plans that a judge ends: what each is expected to cost at a query, and by how much that may be off."""
        judged = [plan for plan in self.plans if plan.keep_threshold is not None and len(plan.models) > 1]
        if not judged:
            return NO_CHALLENGERS
        view = self.tallies.view(query.key, 1.0)
        wrong = dict(zip(self.models, self._chances(query, view), strict=True))
        return {plan.models: self._challenger(plan, query, view, wrong) for plan in judged}

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        believed = self._rated(event, stored) if isinstance(event, Rating) else self._answered(event)
        if believed is None:
            return None
        saved = self.revalue(believed)
        return replace(believed, saved=saved) if saved > 0.0 else None

    def revalue(self, stored: Serve) -> float:
        error = self.aims.weights.error
        return self._best(self._weighed(stored.query)).lasting(error) - error * stored.wrong

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        hits = self.survival.expected(frequency)
        further = self.aims.weights.error * hits
        if stored.upgraded or further * stored.wrong <= 0.0:
            return None
        weighed = self._weighed(stored.query)
        best = self._best(weighed, further)
        if stored.model in best.plan.models or best.lasting(further) >= further * stored.wrong:
            return None
        return self._call(best, weighed, "an upgrade pays over the hits to come", hits)

    def served(self, stored: Serve, frequency: float) -> None:
        self.survival.hit(frequency - 1.0)

    def left(self, stored: Serve, frequency: float) -> None:
        self.survival.ended(frequency)

    def shadowed(self, outcome: Outcome) -> None:
        self.tallies.observe_calls(outcome)
        if outcome.wrong is not None:
            self._hearsay.label(
                outcome.query.key, outcome.model, outcome.wrong, self._wrong(outcome.query, outcome.model)
            )

    def snapshot(self) -> Any:
        return [self.tallies.snapshot(), self.survival.snapshot(), *self._hearsay.snapshot()]

    def restore(self, kept: Any) -> None:
        tallies, survival, texts, judged = msgspec.convert(kept, tuple[Any, Any, Any, Any])
        self.tallies.restore(tallies)
        self.survival.restore(survival)
        self._hearsay.restore([texts, judged])

    def _answered(self, outcome: Outcome) -> Serve:
        self.tallies.observe_calls(outcome)
        self._hearsay.judged(outcome)
        wrong = self._hearsay.repeated(outcome) if outcome.wrong is None else outcome.wrong
        if wrong is None:
            return Serve(outcome.query, outcome.model, 0.0, wrong=self._believed(outcome.query, outcome.model))
        self._hearsay.label(outcome.query.key, outcome.model, wrong, self._wrong(outcome.query, outcome.model))
        return Serve(outcome.query, outcome.model, 0.0, wrong=wrong, ratings=1)

    def _rated(self, rating: Rating, stored: Serve | None) -> Serve | None:
        """Move the belief in the answer; its model is taught once per answer, for further labels repeat one draw."""
        query = rating.query if stored is None else stored.query
        before = stored.wrong if stored is not None and stored.is_told else self._believed(query, rating.model)
        wrong = posterior(before, rating)
        if rating.is_label and (stored is None or stored.ratings == 0):
            self._hearsay.label(query.key, rating.model, wrong, self._wrong(query, rating.model))
        return None if stored is None else told(stored, wrong, rating)

    def _is_untold(self) -> bool:
        """Whether truth matters and nothing is known of it yet."""
        labels = sum(self.tallies.number(model, WRONG) for model in self.models)
        return self.aims.truth_matters and labels < self.aims.few_labels

    def _best(self, weighed: list[_Expected], penalty: float | None = None) -> _Expected:
        """The plan that costs least where being wrong costs `penalty`, one serve's where None; above the floor."""
        over = self.aims.weights.error if penalty is None else penalty
        floor = self.aims.quality_floor
        allowed = [each for each in weighed if 1.0 - each.wrong >= floor] if floor > 0.0 else weighed
        if not allowed:
            return min(weighed, key=lambda each: each.wrong)
        return min(allowed, key=partial(_Expected.lasting, penalty=over))

    def _weighed(self, query: Query) -> list[_Expected]:
        """Every plan at one query."""
        view = self.tallies.view(query.key, 1.0)
        wrong = dict(zip(self.models, self._chances(query, view), strict=True))
        return [self._expected(plan, query, view, wrong) for plan in self.plans]

    def _expected(self, plan: Plan, query: Query, view: View, wrong: dict[str, float]) -> _Expected:
        price = seconds = ends_wrong = 0.0
        reach, asked = 1.0, [1.0] * len(plan.models)  # who is asked with others is asked where the first of them is
        starts, last = reaches(plan), len(plan.models) - 1
        for place, model in enumerate(plan.models):
            asked[place] = reach
            is_judged = plan.keep_threshold is not None and place < last
            defer = view.seen(model, DEFERRED, EVEN, 1.0)[0] if is_judged else 0.0
            price += asked[starts[place]] * self._price(query, view, model)
            seconds += reach * view.seen(model, SECONDS, 0.0)[0]
            let_through = self._hearsay.let_through(model) if is_judged else 1.0
            ends_wrong += reach * (1.0 - defer) * wrong[model] * let_through
            reach *= defer
            if plan.keep_threshold is None:
                break
        return _Expected(plan, price + self.aims.weights.latency * seconds, price, seconds, ends_wrong)

    def _challenger(self, plan: Plan, query: Query, view: View, wrong: dict[str, float]) -> Challenger:
        error, expected = self.aims.weights.error, self._expected(plan, query, view, wrong)
        *judged, last = plan.models
        reach = prod(view.seen(model, DEFERRED, EVEN, 1.0)[0] for model in judged)
        kept = max(0.0, expected.wrong - reach * wrong[last])
        going_on = self._price(query, view, last) + error * (wrong[last] - kept / max(1.0 - reach, LEAST))
        off = deviation(self._hearsay.heard(judged), reach, going_on, error * kept)
        return Challenger(plan, expected.lasting(error), off)

    def _price(self, query: Query, view: View, model: str) -> float:
        """What asking the model charges, leaning on what it has charged for this query."""
        appraisal, latency = query.appraisal, self.aims.weights.latency
        if appraisal is None or not appraisal.prices:
            waited = latency * view.seen(model, SECONDS, 0.0)[0]
            return max(0.0, view.seen(model, CHARGED, 0.0)[0] - waited)
        expected = appraisal.prices[self.models.index(model)]
        number, total = view.own(model, CHARGED)
        if not number:
            return expected
        total -= latency * view.own(model, SECONDS)[1]
        return max(0.0, (self._strength * expected + total) / (self._strength + number))

    def _believed(self, query: Query, model: str) -> float:
        """How likely the model's last answer to the query is to be wrong, if nobody has said."""
        is_kept = self._hearsay.has_kept(query.key, model)
        return self._wrong(query, model) * (self._hearsay.let_through(model) if is_kept else 1.0)

    def _wrong(self, query: Query, model: str) -> float:
        if model not in self.models:  # a fallback has answered, of which no plan tells
            return self.tallies.view(query.key, 1.0).seen(model, WRONG, EVEN, 1.0)[0]
        return self._chances(query, self.tallies.view(query.key, 1.0))[self.models.index(model)]

    def _chances(self, query: Query, view: View) -> list[float]:
        """How likely each model is to be wrong on the query."""
        if query.appraisal is None:
            return [view.seen(model, WRONG, EVEN, 1.0)[0] for model in self.models]
        chances = list(self.correct(query))
        if not view.is_known:
            return chances
        for place, model in enumerate(self.models):
            number, total = view.own(model, WRONG)
            if number:
                chances[place] = (self._strength * chances[place] + total) / (self._strength + number)
        return chances

    def _call(self, chosen: _Expected, weighed: list[_Expected], reason: str, hits: float | None = None) -> Call:
        candidates = tuple([self._candidate(each, float(each is chosen)) for each in weighed])
        cost = chosen.lasting(self.aims.weights.error)
        return Call(chosen.plan, cost, reason=reason, candidates=candidates, hits=hits)

    def _candidate(self, each: _Expected, propensity: float) -> Candidate:
        is_timed = all(self.tallies.number(model, SECONDS) for model in each.plan.models)
        return Candidate(each.plan.models, each.price, each.seconds if is_timed else None, each.wrong, propensity)
