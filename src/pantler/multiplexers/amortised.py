"""The model whose answer costs least over all the serves it is bought for: hit-amortised choice.

A price is paid once, an error on every serve. A query that has come n times is expected to come as often again; where
its answers were evicted v times before, one purchase is expected to serve h' = max(1, n / (1 + v)) requests, with this
one (theory 2.2, h' = 1 + h):

    kept        m = argmin price_m + h' w_e e_m           not kept    m = argmin price_m + w_e e_m
    a hit saves  min_m (price_m + w_e e_m) - w_e p        p: the belief that the stored answer is wrong
    upgrade      to another model when                    min_m (price_m + h' w_e e_m) < h' w_e p
    drop         when a hit saves nothing

A dear answer is bought only for keeping: one that admission refuses would be bought again at the next miss.
"""

from typing import Any, Self

import msgspec
from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.briefs import Brief
from pantler.core.packing import packed
from pantler.core.recent import Recent
from pantler.core.seams import Prospects
from pantler.core.types import Call, Key, Miss, Outcome, Plan, Query, Rating, Serve


class Amortised:
    """Online choice over K models that weighs errors by expected serves; ratings act on the stored answer.

    While nothing tells the models' errors apart it is the paper's rule: the cheapest model, ranked by its price.
    Evictions are remembered of at most `max_keys` queries.
    """

    revisits = True

    def __init__(self, beliefs: Beliefs, *, max_keys: int = 1 << 16) -> None:
        self.beliefs = beliefs
        self.max_keys = max_keys
        self._evictions: Recent[Key, int] = Recent()

    @classmethod
    def for_route(cls, brief: Brief) -> Self:
        return cls(brief.beliefs)

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        key = miss.query.key
        now = self.beliefs.best(key)
        lasting = self.beliefs.best(key, self._serves(key, miss.frequency))
        if lasting == now:
            return self._call(now, miss.query, miss.frequency, "least expected cost")
        if prospects.keeps(miss.query, self._saved(key, self.beliefs.error(lasting, key))):
            return self._call(lasting, miss.query, miss.frequency, "least expected cost over the hits to come")
        return self._call(now, miss.query, miss.frequency, "least expected cost, for the answer would not be kept")

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        believed = self.beliefs.learn(event, stored)
        if believed is None:
            return None
        saved = self.revalue(believed)
        return replace(believed, saved=saved) if saved > 0.0 else None

    def revalue(self, stored: Serve) -> float:
        return self._saved(stored.query.key, self.beliefs.wrong(stored))

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        key = stored.query.key
        serves = self._serves(key, frequency)
        stays = serves * self.beliefs.wrong_cost * self.beliefs.wrong(stored)
        model = self.beliefs.best(key, serves)
        if model == stored.model or self.beliefs.cost(model, key, serves) >= stays:
            return None
        return self._call(model, stored.query, frequency, "an upgrade pays over the hits to come")

    def left(self, stored: Serve, frequency: float) -> None:
        key = stored.query.key
        self._evictions.write(key, self._evictions.get(key, 0) + 1, self.max_keys)

    def shadowed(self, outcome: Outcome) -> None:
        self.beliefs.learn(outcome, None)

    def snapshot(self) -> Any:
        return [self.beliefs.snapshot(), [(packed(key), count) for key, count in list(self._evictions.items())]]

    def restore(self, kept: Any) -> None:
        beliefs, evictions = msgspec.convert(kept, tuple[Any, list[tuple[bytes, int]]])
        self.beliefs.restore(beliefs)
        self._evictions = Recent((int.from_bytes(key), count) for key, count in evictions)

    def _serves(self, key: Key, frequency: float) -> float:
        return max(1.0, frequency / (1 + self._evictions.get(key, 0)))

    def _saved(self, key: Key, wrong: float) -> float:
        return self.beliefs.least(key) - self.beliefs.wrong_cost * wrong

    def _call(self, model: str, query: Query, frequency: float, reason: str) -> Call:
        hits = self._serves(query.key, frequency) - 1.0
        return Call(Plan((model,)), self.beliefs.cost(model, query.key), reason=reason, hits=hits)
