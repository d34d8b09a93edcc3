"""The model of least expected cost according to a log, fixed from then on: the paper's offline rule.

pi(q) = argmin_m of the mean of C_m(q) in the log (theory 1).
"""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Rating, Serve


class PlugIn(Steady):
    """Teaches `beliefs` the `log` once; what comes later moves them no more."""

    def __init__(self, beliefs: Beliefs, log: Iterable[Outcome | Rating] = ()) -> None:
        self.beliefs = beliefs
        for event in log:
            beliefs.learn(event, None)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        model = self.beliefs.best(miss.query.key)
        return Call(Plan((model,)), self.beliefs.cost(model, miss.query.key), reason="least cost in the log")

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Rating):
            return stored
        return replace(self.beliefs.brought(event), saved=self.beliefs.least(event.query.key))

    def revalue(self, stored: Serve) -> float:
        return self.beliefs.least(stored.query.key)

    def snapshot(self) -> Any:
        return self.beliefs.snapshot()

    def restore(self, kept: Any) -> None:
        self.beliefs.restore(kept)
