"""A multiplexer that learns online from the outcomes of its own choices, and tries what might be better.

Everything is decided by the multiplexer within, whose appraisals are corrected by what was heard, but for what is tried
in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from pantler.core.appraised import in_order
from pantler.core.beliefs import posterior
from pantler.core.cost import Weights, cost
from pantler.core.rows import Candidate
from pantler.core.seams import Learner, Multiplexer, Overlooking, Prospects, Watching
from pantler.core.types import Appraisal, Call, Further, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.affording import within
from pantler.learning.challengers import Challenger, Models
from pantler.learning.charges import Charges
from pantler.learning.correction import Correction
from pantler.learning.goals import FEWEST, Pursuit
from pantler.learning.notices import DEGRADED, IMPROVED, Notice, Notices
from pantler.learning.prices import Ratios
from pantler.learning.signals import chance_of
from pantler.learning.threads import Loyalty, Threads
from pantler.learning.trying import SHARE, Trying
from pantler.learning.waiting import Waiting

NANO: Final = 1e9
UNHEARD: Final = "the reference model, as too little was heard of what may cost less"
UNSOLVED: Final = f"the reference model, as the goal is found on {FEWEST} requests or more"
STAYED: Final = "the model that has answered before, which is hardly dearer"


class Corrigible(Multiplexer, Protocol):
    """A multiplexer that asks for the chances by which it chooses."""

    correct: Callable[[Query], Sequence[float]]  # what an appraisal says, after what was heard since

    def challengers(self, query: Query) -> Mapping[Models, Challenger]:
        """The plans that a judge ends, by their models."""
        ...

    def weigh(self, weights: Weights) -> None:
        """Choose by other weights from now on."""
        ...

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        """As `core.seams.Weighing` has it."""
        ...


class Exploring:
    """`inner` decides by the chances that `correction` gives; `share` is the allowance for trying.

    `pursuit`, where it is set, finds the weight of an error from a goal.
    """

    def __init__(self, inner: Corrigible, correction: Correction, weights: Weights, *, share: float = SHARE) -> None:
        self.inner = inner
        inner.correct = self._chances
        self.correction = correction
        ratios = Ratios(is_shared=correction.doubts.is_shared)
        self.trying = Trying(correction, ratios, share)
        self.notices = Notices()
        self.weights = weights
        self.pursuit: Pursuit | None = None
        self.charges = Charges(correction.roster.models, Threads(Loyalty()), ratios)
        self.revisits = inner.revisits
        self._waiting = Waiting()

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        call = self._chosen(miss, prospects)
        appraisal = miss.query.appraisal
        most = None if self.pursuit is None else self.pursuit.most(0.0 if appraisal is None else appraisal.time)
        return call if most is None else within(call, most, miss, self.weights)

    def _chosen(self, miss: Miss, prospects: Prospects) -> Call:
        """Whatever may be left of a budget."""
        query = self._repriced(miss.query)
        appraisal = self._own(miss.query).appraisal
        call = self._floored(self.inner.choose(replace(miss, query=query), prospects))
        before = "" if appraisal is None else self.charges.threads.before(appraisal)
        if before:
            call = self._stayed(call, before)
        if self.pursuit is not None:
            if not self.pursuit.is_solved:
                return self._by_reference(call, UNSOLVED)
            call = replace(call, reason=f"{call.reason}, a wrong answer at ${self.weights.error / NANO:.3g}")
        if appraisal is None or before:  # who is spoken with is not exchanged to try
            return call
        if self.trying.allowed <= 0.0:
            return call
        return self.trying.tried(call, appraisal, self.weights, self.inner.challengers(query))

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        return self.inner.further(self._repriced(query), said, serves)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Outcome):
            return self._answered(event, stored)
        waiting = self._waiting.take(event)
        if waiting is not None:
            self._labelled(event, *waiting)
        return self.inner.learn(event, None if stored is None else replace(stored, query=self._own(stored.query)))

    def revalue(self, stored: Serve) -> float:
        return self.inner.revalue(replace(stored, query=self._repriced(stored.query)))

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return self.inner.revisit(replace(stored, query=self._repriced(stored.query)), frequency)

    def left(self, stored: Serve, frequency: float) -> None:
        self.inner.left(stored, frequency)

    def served(self, stored: Serve, frequency: float) -> None:
        if isinstance(self.inner, Watching):
            self.inner.served(stored, frequency)

    def paid(self, spent: int) -> None:
        if self.pursuit is not None:
            self.pursuit.pace.paid(spent)

    def shadowed(self, outcome: Outcome) -> None:
        outcome = outcome.copy()
        outcome.query = self._own(outcome.query)
        appraisal, prices = outcome.query.appraisal, self._prices(outcome)
        self.paid(round(sum(price for _, price in prices)))
        if appraisal is not None:
            for notice in self.charges.paid(appraisal, prices):
                self.notices.note(notice)
            if outcome.wrong is not None and outcome.model in self.correction.roster.models:
                self._corrected(outcome.model, appraisal, outcome.wrong)
        if isinstance(self.inner, Overlooking):
            self.inner.shadowed(outcome)

    def snapshot(self) -> Any:
        """What was learned; appraisals that wait for a rating without their vectors."""
        inner = self.inner.snapshot() if isinstance(self.inner, Learner) else None
        pursuit = None if self.pursuit is None else self.pursuit.snapshot()
        parts = [each.snapshot() for each in (self.correction, self.charges, self.trying)]
        return [inner, *parts, pursuit, self._waiting.snapshot(self.correction.roster.models)]

    def restore(self, kept: Any) -> None:
        inner, correction, charges, trying, pursuit, waiting = msgspec.convert(
            kept, tuple[Any, Any, Any, Any, Any, Any]
        )
        if isinstance(self.inner, Learner):
            self.inner.restore(inner)
        self.correction.restore(correction)
        self.charges.restore(charges)
        self.trying.restore(trying)
        if self.pursuit is not None and pursuit is not None:
            self.pursuit.restore(pursuit)
            self._weigh(self.pursuit.value)
        self._waiting.restore(waiting, self.correction.roster.models)

    def _answered(self, outcome: Outcome, stored: Serve | None) -> Serve | None:
        outcome = outcome.copy()
        outcome.query = self._own(outcome.query)
        appraisal = outcome.query.appraisal
        if self.pursuit is not None:
            self._pursue(self.pursuit, outcome)
        if appraisal is None:
            return self.inner.learn(outcome, stored)
        self._account(outcome, appraisal)
        for notice in self.charges.paid(appraisal, self._prices(outcome)):
            self.notices.note(notice)
        self.charges.threads.note(appraisal, outcome.model)
        judged = _judged(outcome.plan)
        if outcome.beside or len(outcome.texts) > 1:  # the better of several tells nothing of its model's others
            self._waiting.forget(outcome)
        elif outcome.wrong is None:
            self._waiting.note(outcome, appraisal, judged)
        elif judged:
            self.trying.labelled(judged)
        elif outcome.model in self.correction.roster.models:
            self._corrected(outcome.model, appraisal, outcome.wrong)
        # the rest need not be kept with every answer
        kept = Appraisal(appraisal.wrong, appraisal.prices, writing=appraisal.writing, models=appraisal.models)
        outcome = outcome.copy()
        outcome.query = replace(outcome.query, appraisal=kept)
        return self.inner.learn(outcome, stored)

    def _labelled(self, rating: Rating, appraisal: Appraisal, judged: Models) -> None:
        """A word on an answer that has waited for one, which tells of its model unless a judge chose it."""
        if judged:
            self.trying.labelled(judged)
        elif rating.model in self.correction.roster.models:
            self._corrected(rating.model, appraisal, posterior(self._chance_of(rating.model, appraisal), rating))

    def _corrected(self, model: str, appraisal: Appraisal, wrong: float) -> None:
        side = self.correction.learn(model, appraisal, wrong)
        if side:
            self.notices.note(Notice(model, DEGRADED if side > 0 else IMPROVED))

    def _pursue(self, pursuit: Pursuit, outcome: Outcome) -> None:
        """What was paid counts too where nothing was expected."""
        appraisal = outcome.query.appraisal
        if appraisal is None or not appraisal.prices:
            pursuit.pace.come(None if appraisal is None else appraisal.time)
        elif pursuit.note(appraisal.time, self.charges.prices(appraisal), self.correction.cautious(appraisal)):
            self._weigh(pursuit.value)
        pursuit.pace.paid(sum(price for _, price in self._prices(outcome)))

    def _weigh(self, error: float) -> None:
        self.weights = replace(self.weights, error=error)
        self.inner.weigh(self.weights)

    def _chances(self, query: Query) -> Sequence[float]:
        assert query.appraisal is not None, "what was not appraised is not corrected"
        return self.correction.cautious(query.appraisal)

    def _own(self, query: Query) -> Query:
        """With an appraisal of the models as they are now, which may be others than when it was made, or with none."""
        appraisal = in_order(query.appraisal, self.correction.roster.models)
        return query if appraisal is query.appraisal else replace(query, appraisal=appraisal)

    def _repriced(self, query: Query) -> Query:
        """With prices as the last calls had them, less what a provider has read already."""
        query = self._own(query)
        appraisal = query.appraisal
        if appraisal is None or not self.charges.is_moved(appraisal):
            return query
        return replace(query, appraisal=replace(appraisal, prices=self.charges.prices(appraisal)))

    def _chance_of(self, model: str, appraisal: Appraisal) -> float:
        return chance_of(self.correction.odds(appraisal)[self.correction.roster.models.index(model)])

    def _account(self, outcome: Outcome, appraisal: Appraisal) -> None:
        """What was asked, and what each model was expected to cost."""
        if not appraisal.prices:
            return
        pairs = zip(self.charges.prices(appraisal), self.correction.cautious(appraisal), strict=True)
        each = [cost(price, wrong=wrong, weights=self.weights) for price, wrong in pairs]
        costs: dict[Models, float] = dict(zip([(name,) for name in self.correction.roster.models], each, strict=True))
        challengers = self.inner.challengers(self._repriced(outcome.query))
        costs |= {plan: challenger.cost for plan, challenger in challengers.items()}
        self.trying.account(costs, _judged(outcome.plan) or (outcome.charged[0][0],))

    def _prices(self, outcome: Outcome) -> list[tuple[str, float]]:
        """What the calls of an outcome have charged, in nano-dollars."""
        seconds = outcome.seconds or (0.0,) * len(outcome.charged)
        pairs = zip(outcome.charged, seconds, strict=True)
        return [(model, charge - self.weights.latency * waited) for (model, charge), waited in pairs]

    def _floored(self, call: Call) -> Call:
        """The reference model while too little was heard of it or of what was chosen, where truth matters.

        Not where a budget is too small for it: that binds however little was heard.
        """
        reference = self.correction.roster.reference
        if not self.weights.error or call.plan.models == (reference,):
            return call
        if self.pursuit is not None and not self.pursuit.affords_reference:
            return call
        if not any(self.trying.has_few(plan) for plan in ((reference,), call.plan.models)):
            return call
        return self._by_reference(call, UNHEARD)

    def _by_reference(self, call: Call, reason: str) -> Call:
        reference = self.correction.roster.reference
        stands_in = next((each for each in call.candidates if each.models == (reference,)), None)
        if stands_in is None:
            return call
        weighed = tuple([replace(each, propensity=float(each is stands_in)) for each in call.candidates])
        return Call(Plan((reference,)), self._cost(stands_in), reason=reason, candidates=weighed, hits=call.hits)

    def _stayed(self, call: Call, before: str) -> Call:
        """The model that has answered before, where it is dearer by no more than its affinity is worth."""
        stays = next((each for each in call.candidates if each.models == (before,)), None)
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if stays is None or chosen is None or stays is chosen or self.trying.is_unheard((before,)):
            return call
        least, expected = self._cost(chosen), self._cost(stays)
        most = (1.0 + self.charges.threads.loyalty.affinity) * least
        if not least <= expected <= most:  # below: it may not be, by a floor
            return call
        weighed = tuple([replace(each, propensity=float(each is stays)) for each in call.candidates])
        return Call(Plan((before,)), expected, reason=STAYED, candidates=weighed, hits=call.hits)

    def _cost(self, candidate: Candidate) -> float:
        return candidate.expected_cost(self.weights)


def _judged(plan: Plan | None) -> Models:
    """The models of a plan by which a judge chose among answers; the one kept tells nothing of its model's others."""
    return plan.models if plan is not None and plan.keep_threshold is not None else ()
