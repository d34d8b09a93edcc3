"""Always the same model: the baseline of every multiplexer."""

from typing import Any

from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.errors import UnknownPart
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Rating, Serve


class Single(Steady):
    """Asks `model`, the first that is known where None; its expected cost ranks the cache."""

    def __init__(self, beliefs: Beliefs, model: str | None = None) -> None:
        self.beliefs = beliefs
        self.model = beliefs.models[0] if model is None else model
        if self.model not in beliefs.models:
            raise UnknownPart("model", self.model, beliefs.models)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return Call(Plan((self.model,)), self.beliefs.cost(self.model, miss.query.key), reason="the only model")

    def revalue(self, stored: Serve) -> float:
        return self.beliefs.cost(self.model, stored.query.key)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        believed = self.beliefs.learn(event, stored)
        return None if believed is None else replace(believed, saved=self.revalue(believed))

    def snapshot(self) -> Any:
        return self.beliefs.snapshot()

    def restore(self, kept: Any) -> None:
        self.beliefs.restore(kept)
