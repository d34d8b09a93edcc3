"""The fold of all outcomes into spent, saved and served."""

from collections.abc import Sequence

from mypy_extensions import i64


class Ledger:
    """Sums over a run, in the unit of the costs that were folded in.

    `spent` is what calls cost; `saved` what hits avoided, at the cost that their items were ranked by; `hits` and
    `calls` count queries answered from the cache and by a model; `hit_bytes` sums the sizes of answers served from the
    cache.
    """

    __slots__ = ("by_model", "calls", "hit_bytes", "hits", "saved", "spent")

    def __init__(self) -> None:
        self.hits: i64 = 0
        self.calls: i64 = 0
        self.hit_bytes: i64 = 0
        self.spent: float = 0.0
        self.saved: float = 0.0
        self.by_model: dict[str, float] = {}

    def hit(self, saved: float, size_bytes: i64) -> None:
        """Fold in one query that a stored answer served."""
        self.hits += 1
        self.saved += saved
        self.hit_bytes += size_bytes

    def call(self, model: str, cost: float, charges: Sequence[tuple[str, float]] = ()) -> None:
        """Fold in one query that a model was asked for, or the models of `charges` where there are any."""
        self.calls += 1
        if not charges:
            self._charge(model, cost)
        for asked, charge in charges:
            self._charge(asked, charge)

    def _charge(self, model: str, cost: float) -> None:
        self.spent += cost
        self.by_model[model] = self.by_model.get(model, 0.0) + cost

    @property
    def hit_ratio(self) -> float:
        """Share of queries answered from the cache; 0 where none has come."""
        asked = self.hits + self.calls
        return float(self.hits) / float(asked) if asked else 0.0
