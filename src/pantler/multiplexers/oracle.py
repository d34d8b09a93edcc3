"""The model of least true cost: a bound for every multiplexer, where the truth is on record."""

from collections.abc import Mapping

from pantler.core.errors import OutcomeError
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Key, Miss, Outcome, Plan, Query, Rating, Serve


class Oracle(Steady):
    """Reads `costs[key][model]`, the true mean cost of every query under every model."""

    def __init__(self, costs: Mapping[Key, Mapping[str, float]]) -> None:
        self.costs = costs

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        costs = self._costs(miss.query)
        model = min(costs, key=costs.__getitem__)
        return Call(Plan((model,)), costs[model], reason="least true cost")

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Rating):
            return stored
        return Serve(event.query, event.model, min(self._costs(event.query).values()), wrong=event.wrong or 0.0)

    def revalue(self, stored: Serve) -> float:
        return min(self._costs(stored.query).values())

    def _costs(self, query: Query) -> Mapping[str, float]:
        try:
            return self.costs[query.key]
        except KeyError:
            raise OutcomeError(f"the oracle has no costs for query {query.key}; record every model's") from None
