"""What simpler strategies make of the same requests, replayed through the engine from recorded answers."""

from dataclasses import dataclass

from pantler.build import policy
from pantler.config.values import Config
from pantler.core.cache import Cache
from pantler.core.capacity import parse_bytes
from pantler.core.engine import Engine
from pantler.core.plans import direct
from pantler.core.types import Outcome, Query, Serve
from pantler.multiplexers.tabular import Tabular
from popularity import Request
from recordings import Recordings

NO_CACHE = "no cache"


@dataclass(frozen=True)
class Sums:
    """Over all requests; money in nano-dollars."""

    requests: int
    right: int
    spent: int
    saved_by_cache: int
    saved_by_choice: int

    def total(self, error_weight: float) -> float:
        """What was spent, and so many nano-dollars for each answer that is not right."""
        return self.spent + error_weight * (self.requests - self.right)


class Strategy:
    """Asks `model` whatever comes, behind a cache that keeps what was asked last, or behind none.

    What it saves is reckoned against the recorded answers of `reference`, without a cache.
    """

    def __init__(self, config: Config, model: str, *, has_cache: bool) -> None:
        self._model = model
        self._reference = config.models[-1].name
        self._engine = Engine(Cache(policy("lru"), parse_bytes(config.cache.capacity)), Tabular(direct([model]), model))
        self._has_cache = has_cache

    def replay(self, recordings: Recordings, requests: list[Request]) -> Sums:
        """All requests, one after the other."""
        found = [(self._serve(recordings, request), recordings.is_right(self._model, request)) for request in requests]
        return Sums(
            requests=len(found),
            right=sum(right for _, right in found),
            spent=sum(served.spent for served, _ in found),
            saved_by_cache=sum(served.paid - served.spent for served, _ in found),
            saved_by_choice=sum(served.baseline - served.paid for served, _ in found),
        )

    def _serve(self, recordings: Recordings, request: Request) -> "_Served":
        entry, paid = recordings.entry(self._model, request), recordings.paid(self._model, request)
        query, spent = Query(request.question.question, entry.size_bytes), 0
        if not isinstance(self._engine.look(query), Serve):
            spent = paid
            self._engine.learn(Outcome(query, self._model, float(paid), cacheable=self._has_cache))
        return _Served(recordings.paid(self._reference, request), paid, spent)


@dataclass(frozen=True)
class _Served:
    """Of one request: what the reference costs, what its answer cost when it was brought, what was spent now."""

    baseline: int
    paid: int
    spent: int


def compared(config: Config, recordings: Recordings, requests: list[Request]) -> dict[str, Sums]:
    """The sums of each strategy by its name; of the two models the last is the dear one."""
    cheap, dear = (model.name for model in config.models)
    strategies = {
        "dear model + LRU": Strategy(config, dear, has_cache=True),
        "cheap model + LRU": Strategy(config, cheap, has_cache=True),
        NO_CACHE: Strategy(config, dear, has_cache=False),
    }
    return {name: strategy.replay(recordings, requests) for name, strategy in strategies.items()}
