"""Choice by a certified guarantee: below the reference model goes what the cut-off lets, while ratings bear it out.

    asked      the first model of `below`, cheapest first, whose P(wrong) as appraised is at most the cut-off; else the
               reference model
    refuted    once  product over rated answers below of  Bernoulli(2 alpha) / Bernoulli(alpha)  >= 1 / delta

The product is a supermartingale while at most alpha of such answers are wrong, so that a guarantee which holds is ever
refuted with chance delta at most (Ville), however many ratings come, if who is rated does not hang on being wrong. An
answer counts once, however many it served. Nothing undoes it: what is rated afterwards are stored answers that nobody
has found wrong yet.
"""

from math import log
from typing import Any

import msgspec
from msgspec.structs import replace

from pantler.core.appraised import in_order
from pantler.core.beliefs import tells_anew
from pantler.core.seams import Learner, Multiplexer, Overlooking, Paying, Prospects, Watching
from pantler.core.types import Call, Miss, Outcome, Plan, Rating, Serve
from pantler.learning.certifying import Certified

WITHIN = "the cheapest model that the guarantee lets be asked"
REFERENCE = "the reference model, as the guarantee lets no cheaper one be asked"
SLACK = 1e-9
REFUTED = "the reference model, as ratings contradict the guarantee"


class Guaranteed:
    """Around `inner`, which learns on; `models` are those of the route in their order."""

    def __init__(self, inner: Multiplexer, certified: Certified, models: tuple[str, ...]) -> None:
        self.inner = inner
        self.certified = certified
        self.revisits = inner.revisits
        self.is_refuted = False  # by ratings of what was sent below the reference, which nothing undoes
        self.rated = 0
        self.wrong = 0
        self._models = models
        self._below = [(models.index(model), model) for model in certified.below]

    def _contradicts(self) -> bool:
        """Whether the product is as large as that."""
        alpha, right = self.certified.max_wrong, self.rated - self.wrong
        other = min(2.0 * alpha, 0.5 * (1.0 + alpha))
        evidence = self.wrong * log(other / alpha) + right * log((1.0 - other) / (1.0 - alpha))
        return evidence >= -log(1.0 - self.certified.confidence)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        call = self.inner.choose(miss, prospects)
        model, reason = self._asked(miss)
        weighed = tuple([replace(each, propensity=float(each.models == (model,))) for each in call.candidates])
        return Call(Plan((model,)), call.expected_cost, reason=reason, candidates=weighed, hits=call.hits)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Rating) and event.model in self.certified.below and self._tells(event, stored):
            self.rated += 1
            self.wrong += event.good < 0.5
            self.is_refuted = self.is_refuted or self._contradicts()
        return self.inner.learn(event, stored)

    def revalue(self, stored: Serve) -> float:
        return self.inner.revalue(stored)

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        call = self.inner.revisit(stored, frequency)
        return call if call is not None and call.plan.models == (self.certified.reference,) else None

    def served(self, stored: Serve, frequency: float) -> None:
        if isinstance(self.inner, Watching):
            self.inner.served(stored, frequency)

    def left(self, stored: Serve, frequency: float) -> None:
        self.inner.left(stored, frequency)

    def paid(self, spent: int) -> None:
        if isinstance(self.inner, Paying):
            self.inner.paid(spent)

    def shadowed(self, outcome: Outcome) -> None:
        if isinstance(self.inner, Overlooking):
            self.inner.shadowed(outcome)

    def snapshot(self) -> Any:
        """What is learned within, then what ratings said of this very certificate."""
        inner = self.inner.snapshot() if isinstance(self.inner, Learner) else None
        return [inner, self.certified, self.rated, self.wrong, self.is_refuted]

    def restore(self, kept: Any) -> None:
        kinds = tuple[Any, Certified, int, int, bool]
        inner, certified, rated, wrong, is_refuted = msgspec.convert([*kept, False][:5], kinds)
        if certified == self.certified:
            self.rated, self.wrong = rated, wrong
            self.is_refuted = is_refuted or self._contradicts()
        if isinstance(self.inner, Learner) and inner is not None:
            self.inner.restore(inner)

    def _tells(self, rating: Rating, stored: Serve | None) -> bool:
        """Whether it is an answer's first label, and errs less often than answers may: else its errors would refute."""
        return tells_anew(rating, stored) and 1.0 - rating.reliability <= self.certified.max_wrong + SLACK

    def _asked(self, miss: Miss) -> tuple[str, str]:
        appraisal, cutoff = in_order(miss.query.appraisal, self._models), self.certified.cutoff
        if self.is_refuted:
            return self.certified.reference, REFUTED
        if appraisal is None or cutoff is None:
            return self.certified.reference, REFERENCE
        found = next((model for place, model in self._below if appraisal.wrong[place] <= cutoff), None)
        return (self.certified.reference, REFERENCE) if found is None else (found, WITHIN)
