"""The model of least expected cost, as learned so far from the calls that were made: the paper's rule.

    pi(q) = argmin_m c_m(q), and the cache ranks by P(q) min_m c_m(q)                              (theory 1)

With `Confidence` estimators the costs are lower confidence bounds, as the paper has them.
"""

from typing import Any, Self

from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.briefs import Brief
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Rating, Serve


class Online(Steady):
    """Bandit feedback that the cache makes partial: a call teaches only the model it asked, a hit teaches no price."""

    def __init__(self, beliefs: Beliefs) -> None:
        self.beliefs = beliefs

    @classmethod
    def for_route(cls, brief: Brief) -> Self:
        return cls(brief.beliefs)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        model = self.beliefs.best(miss.query.key)
        return Call(Plan((model,)), self.beliefs.cost(model, miss.query.key))

    def revalue(self, stored: Serve) -> float:
        return self.beliefs.least(stored.query.key)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        believed = self.beliefs.learn(event, stored)
        return None if believed is None else replace(believed, saved=self.revalue(believed))

    def shadowed(self, outcome: Outcome) -> None:
        self.beliefs.learn(outcome, None)

    def snapshot(self) -> Any:
        return self.beliefs.snapshot()

    def restore(self, kept: Any) -> None:
        self.beliefs.restore(kept)
