"""The plan of least cost for a query never seen, by what an appraisal expects of each model, over the hits to come.

    c(plan) = paid + (1 + h) w_e P(wrong in the end)                                       (theory 2.2)

    kept        the plan of least c                   not kept    the same with h = 0
    a hit saves  min c at h = 0, less w_e p           p: the belief that the stored answer is wrong
    upgrade      to another model's answer when       min paid + h w_e P(wrong) < h w_e p
    drop         when a hit saves nothing

An appraisal comes with the query. One that has none is decided by the rates of the route, and by the reference model
while the route holds few labels. What a model has charged for the very same query, and what was said of its answers,
counts too; a text that was said to be wrong is as wrong when another model repeats it.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from pantler.core.appraised import as_appraised
from pantler.core.beliefs import posterior, tells_anew, told
from pantler.core.briefs import Brief
from pantler.core.cost import Weights
from pantler.core.counts import WRONG
from pantler.core.errors import ConfigError
from pantler.core.seams import Prospects
from pantler.core.survival import Survival
from pantler.core.tallies import Tallies, View
from pantler.core.types import Call, Foresee, Further, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.challengers import NO_CHALLENGERS, Challenger, Models
from pantler.learning.consulting import Consulting, Correct
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK, FITTED
from pantler.learning.expecting import EVEN, LEAST, Expected, Expecting
from pantler.learning.exploring import Exploring
from pantler.learning.goals import Goal, Pursuit
from pantler.learning.hearsay import Hearsay
from pantler.learning.opinions import Opinions
from pantler.learning.paying import telling
from pantler.learning.threads import Loyalty, Threads
from pantler.learning.trust import Trust

BESIDE: Final = "least expected cost, others being asked beside it where that pays"
UPGRADE: Final = "an upgrade pays over the hits to come"
LATE: Final = "; its text was not looked at in time"


NO_TRUST: Final = Trust()


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
        self._consulting: Consulting | None = None
        self._reference = Plan((reference,))
        self._hearsay = Hearsay(self.tallies)
        self._strength = (1.0 - aims.alike) / max(aims.alike, LEAST)
        self._expecting = Expecting(self.models, self.tallies, self._hearsay, strength=self._strength)
        self.weigh(aims.weights)

    @classmethod
    def for_route(cls, brief: Brief) -> Exploring:
        """One that learns online what its route's outcomes tell."""
        aims = Trust(brief.weights, brief.quality_floor, brief.few_labels, amortise=brief.amortise)
        tallies = Tallies(max_queries=brief.max_queries, horizon=brief.horizon)
        roster = Roster(brief.models, brief.reference, brief.newcomers, brief.dimensions)
        correction = Correction(roster, FITTED if brief.is_fitted else BLANK)
        inner = cls(brief.plans, brief.reference, aims, tallies)
        if brief.erring is not None:
            doubt = 1.0 if brief.max_quality_loss is None else brief.erring.hopeful  # a goal is of what will be seen
            inner.consult(Opinions(brief.erring, brief.models, compares=brief.compares, doubt=doubt))
        made = Exploring(inner, correction, brief.weights, share=brief.exploration)
        made.charges.threads = Threads(Loyalty(brief.affinity, brief.prompt_cache_seconds))
        if brief.max_quality_loss is not None or brief.budget_per_day is not None:
            goal = Goal(brief.max_quality_loss, brief.budget_per_day)
            made.pursuit = Pursuit(goal, brief.models.index(brief.reference))
        return made

    def consult(self, opinions: Opinions) -> None:
        """Weigh by these, of the same models, what has been answered to a query and what was said of it."""
        self._consulting = Consulting(opinions, self._expecting, self._hearsay, self._corrected)

    def weigh(self, weights: Weights) -> None:
        """Choose by other weights from now on."""
        self.aims = dataclasses.replace(self.aims, weights=weights)
        self._expecting.weights = weights

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        query, error, late = miss.query, self.aims.weights.error, LATE if miss.is_late else ""
        weighed = self._weighed(query, miss.foresee if miss.is_late else None)
        now = self._best(weighed)
        if query.appraisal is None and self._is_untold():
            now = next((each for each in weighed if each.plan == self._reference), now)
            few = f"the reference model, as there are fewer than {self.aims.few_labels} labels{late}"
            return self._call(now, weighed, few)
        hits = self.survival.expected(miss.frequency) if self.aims.amortise else 0.0
        lasting = self._best(weighed, error * (1.0 + hits))
        consulting = self._consulted(query)
        is_opened = consulting is not None and consulting.compares
        is_kept = (is_opened or lasting is not now) and prospects.keeps(
            query, now.lasting(error) - error * lasting.wrong
        )
        if consulting is not None and is_opened:
            serves = 1.0 + hits * is_kept
            tells = telling(serves, miss.frequency) if self.aims.amortise else serves
            first, is_open = consulting.first(query, self._allowed(weighed), self._weight(serves), self._weight(tells))
            return replace(self._call(first, weighed, BESIDE, hits), serves=tells if is_open else 0.0)
        if not is_kept:
            return self._call(now, weighed, f"least expected cost{late}", hits)
        return self._call(lasting, weighed, f"least expected cost over the hits to come{late}", hits)

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        consulting = self._consulted(query)
        return Further(said[0][0]) if consulting is None else consulting.further(query, said, self._weight(serves))

    def challengers(self, query: Query) -> Mapping[Models, Challenger]:
        """The plans that a judge ends: what each is expected to cost at a query, and by how much that may be off."""
        judged = [plan for plan in self.plans if plan.keep_threshold is not None and len(plan.models) > 1]
        if not judged:
            return NO_CHALLENGERS
        view = self.tallies.view(query.key, 1.0)
        wrong = dict(zip(self.models, self._chances(query, view), strict=True))
        return {plan.models: self._expecting.challenger(plan, query, view, wrong) for plan in judged}

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        believed = self._rated(event, stored) if isinstance(event, Rating) else self._answered(event, stored)
        if believed is None:
            return None
        saved = self.revalue(believed)
        stays = stored if isinstance(event, Outcome) else None
        return replace(believed, saved=saved) if saved > 0.0 else stays

    def revalue(self, stored: Serve) -> float:
        error = self.aims.weights.error
        return self._best(self._weighed(stored.query)).lasting(error) - error * stored.wrong

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        hits = self.survival.expected(frequency)
        further = self.aims.weights.error * hits
        consulting = self._consulted(stored.query)
        if consulting is not None and consulting.knows(stored.model):
            return self._beside(consulting, stored, hits)
        if stored.upgraded or further * stored.wrong <= 0.0:
            return None
        weighed = self._weighed(stored.query)
        best = self._best(weighed, further)
        if stored.model in best.plan.models or best.lasting(further) >= further * stored.wrong:
            return None
        return self._call(best, weighed, UPGRADE, hits)

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

    def _answered(self, outcome: Outcome, stored: Serve | None) -> Serve:
        key = outcome.query.key
        self.tallies.observe_calls(outcome)
        self._hearsay.judged(outcome)
        consulting, wrong = self._consulted(outcome.query), outcome.wrong
        if wrong is None and consulting is None:
            wrong = self._hearsay.repeated(outcome)
        self._hearsay.note(outcome)
        if consulting is not None:
            before = self._wrong(outcome.query, outcome.model)
            if wrong is not None:
                self._hearsay.label(key, outcome.model, wrong, before)
            return consulting.better(outcome, stored, before)
        if wrong is None:
            return Serve(outcome.query, outcome.model, 0.0, wrong=self._believed(outcome.query, outcome.model))
        self._hearsay.label(outcome.query.key, outcome.model, wrong, self._wrong(outcome.query, outcome.model))
        return Serve(outcome.query, outcome.model, 0.0, wrong=wrong, ratings=1)

    def _beside(self, consulting: Consulting, stored: Serve, hits: float) -> Call | None:
        """A call of the model that it pays to ask beside what is stored, the better of the two staying."""
        model = consulting.beside(stored, self._weight(hits))
        if not model:
            return None
        weighed = self._weighed(stored.query)
        asked = next(each for each in weighed if each.plan.models == (model,))
        return replace(self._call(asked, weighed, UPGRADE, hits), beside=True)

    def _rated(self, rating: Rating, stored: Serve | None) -> Serve | None:
        """Move the belief in the answer; its model is taught once per answer."""
        query = rating.query if stored is None else stored.query
        before = stored.wrong if stored is not None and stored.is_told else self._believed(query, rating.model)
        wrong = posterior(before, rating)
        if tells_anew(rating, stored):
            self._hearsay.label(query.key, rating.model, wrong, self._wrong(query, rating.model))
        return None if stored is None else told(stored, wrong, rating)

    def _corrected(self, query: Query) -> Sequence[float]:
        return self.correct(query)

    def _consulted(self, query: Query) -> Consulting | None:
        """Who weighs what was answered to a query, if that was appraised."""
        return None if query.appraisal is None else self._consulting

    def _weight(self, serves: float) -> float:
        """What P(wrong) costs over so many serves."""
        return serves * self.aims.weights.error

    def _is_untold(self) -> bool:
        """Whether truth matters and nothing is known of it yet."""
        labels = sum(self.tallies.number(model, WRONG) for model in self.models)
        return self.aims.truth_matters and labels < self.aims.few_labels

    def _best(self, weighed: list[Expected], penalty: float | None = None) -> Expected:
        """The plan that costs least where being wrong costs `penalty`, one serve's where None; above the floor."""
        over = self.aims.weights.error if penalty is None else penalty
        return min(self._allowed(weighed), key=partial(Expected.lasting, penalty=over))

    def _allowed(self, weighed: list[Expected]) -> list[Expected]:
        """Those above the floor, else the surest."""
        floor = self.aims.quality_floor
        allowed = [each for each in weighed if 1.0 - each.wrong >= floor] if floor > 0.0 else weighed
        return allowed or [min(weighed, key=lambda each: each.wrong)]

    def _weighed(self, query: Query, foresee: Foresee | None = None) -> list[Expected]:
        """Every plan at one query; prices by `foresee` where its text, whose length tells them, was not looked at."""
        view = self.tallies.view(query.key, 1.0)
        wrong = dict(zip(self.models, self._chances(query, view), strict=True))
        return [self._expecting.expected(plan, query, view, wrong, foresee) for plan in self.plans]

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
        if (consulting := self._consulted(query)) is not None:
            return consulting.chances(query)
        chances = list(self.correct(query))
        for place, model in enumerate(self.models):
            number, total = view.own(model, WRONG)
            if number:
                chances[place] = (self._strength * chances[place] + total) / (self._strength + number)
        return chances

    def _call(self, chosen: Expected, weighed: list[Expected], reason: str, hits: float | None = None) -> Call:
        candidates = tuple([self._expecting.candidate(each, float(each is chosen)) for each in weighed])
        cost = chosen.lasting(self.aims.weights.error)
        return Call(chosen.plan, cost, reason=reason, candidates=candidates, hits=hits)
