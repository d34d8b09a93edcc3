"""A cheap model first, a dear one where a judge does not trust its answer.

    c(q) = price_1 + P(defer) price_2 + w_e ((1 - P(defer)) e_1 + P(defer) e_2)                    (theory 2.3)

Only answers that were served are rated, so that e_1 is the error of the first model's answers that the judge kept.
"""

from collections.abc import Iterable
from math import inf
from typing import Any

from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.errors import ConfigError
from pantler.core.seams import Estimator, Learner, Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Key, Miss, Outcome, Plan, Rating, Serve


def best_threshold(judged: Iterable[tuple[float, float, float]]) -> float:
    """The score from which to keep the first answer, at least total cost over a log.

    Each row is a judge's score, the cost if the answer is kept, the cost if the next model is asked; inf keeps none.
    """
    rows = sorted(judged, reverse=True)
    total = least = 0.0  # beside deferring every row
    threshold = inf
    for number, (score, kept, deferred) in enumerate(rows, start=1):
        total += kept - deferred
        is_last_of_ties = number == len(rows) or rows[number][0] < score
        if is_last_of_ties and total < least:
            least, threshold = total, score
    return threshold


class Cascade(Steady):
    """One fixed cascade of two models; `defers` learns how often each query's first answer is not kept."""

    def __init__(self, beliefs: Beliefs, plan: Plan, defers: Estimator) -> None:
        if len(plan.models) != 2 or not set(plan.models) <= set(beliefs.models):
            raise ConfigError(f"a cascade needs two of the models {', '.join(beliefs.models)}; got {plan.models}")
        self.beliefs = beliefs
        self.plan = plan
        self.defers = defers

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return Call(self.plan, self._cost(miss.query.key), reason="the only cascade")

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Outcome):
            self.defers.observe(event.query.key, float(event.model == self.plan.models[1]))
        believed = self.beliefs.learn(event, stored)
        return None if believed is None else replace(believed, saved=self.revalue(believed))

    def revalue(self, stored: Serve) -> float:
        return self._cost(stored.query.key)

    def snapshot(self) -> Any:
        return [self.beliefs.snapshot(), self.defers.snapshot() if isinstance(self.defers, Learner) else None]

    def restore(self, kept: Any) -> None:
        beliefs, defers = kept
        self.beliefs.restore(beliefs)
        if isinstance(self.defers, Learner):
            self.defers.restore(defers)

    def _cost(self, key: Key) -> float:
        first, second = self.plan.models
        defer = self.defers.estimate(key)
        kept_wrong = (1.0 - defer) * self.beliefs.wrong_cost * self.beliefs.error(first, key)
        return self.beliefs.price(first, key) + kept_wrong + defer * self.beliefs.cost(second, key)
