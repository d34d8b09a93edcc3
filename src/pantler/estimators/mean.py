"""A running mean per query that leans on the mean over all queries.

    pooled    = (k0 prior + sum of all values)   / (k0 + number of all)
    estimate  = (k pooled + sum of q's values) / (k + number of q's)

Of values that are 0 or 1 this is the posterior mean under a Beta prior worth k observations.
"""

from collections.abc import Hashable
from typing import Any

import msgspec

from pantler.core.packing import packed_table, unpacked_table
from pantler.core.recent import Recent


class Mean:
    """`prior` counts as `prior_weight` observations over all, their mean as `pooling` observations of each query.

    Estimates have the unit of the values. At most `max_keys` queries are told apart: the one observed longest ago is
    forgotten first, though never its share of the mean over all.
    """

    def __init__(
        self, prior: float = 0.0, *, prior_weight: float = 1.0, pooling: float = 1.0, max_keys: int = 1 << 16
    ) -> None:
        self.prior = prior
        self.pooling = pooling
        self.max_keys = max_keys
        self._total = prior_weight * prior
        self._count = prior_weight
        self._by_key: Recent[Hashable, tuple[float, int]] = Recent()

    @property
    def pooled(self) -> float:
        """The mean over all queries."""
        return self._total / self._count if self._count else self.prior

    def observe(self, key: Hashable, value: float) -> None:
        total, count = self._by_key.get(key, (0.0, 0))
        self._by_key.write(key, (total + value, count + 1), self.max_keys)
        self._total += value
        self._count += 1

    def estimate(self, key: Hashable) -> float:
        total, count = self._by_key.get(key, (0.0, 0))
        weight = self.pooling + count
        return (self.pooling * self.pooled + total) / weight if weight else self.pooled

    def count(self, key: Hashable) -> int:
        return self._by_key.get(key, (0.0, 0))[1]

    def snapshot(self) -> Any:
        return [self._total, self._count, packed_table(self._by_key)]

    def restore(self, kept: Any) -> None:
        total, count, table = msgspec.convert(kept, tuple[float, float, Any])
        self._by_key = unpacked_table(table)
        self._total, self._count = total, count
