"""A mean per query in memory that never grows, however many queries come: a count-min sketch of sums.

    n(q), v(q) = the count and the sum of values at the least shared of q's four places
    estimate   = (k pooled + v(q)) / (k + n(q)),   pooled as in `mean`

Each observation is added at one place of each row (Cormode and Muthukrishnan 2005). Queries that meet at a place share
it: n is never below the truth, and the estimate then leans on those others.
"""

from array import array
from collections.abc import Hashable
from typing import Any

import msgspec

from pantler.core.errors import ConfigError
from pantler.core.sketch import BLOCK, counts_place, folded, halves

ROWS = 4
BYTES = 16 * ROWS  # of one count and one sum in each row


class Sketch:
    """As `mean`, without forgetting any query; `width` places a row, a power of two of at least 32, take 64 bytes each.

    Keys are told apart by their hash. `prior` counts as `prior_weight` observations over all, their mean as `pooling`
    observations of each query.
    """

    def __init__(
        self, prior: float = 0.0, *, prior_weight: float = 1.0, pooling: float = 1.0, width: int = 1 << 14
    ) -> None:
        if width < BLOCK or width & (width - 1):
            raise ConfigError(
                f"a sketch {width} wide has no place for every hash; give a power of two from {BLOCK}, such as 16384"
            )
        self.prior = prior
        self.pooling = pooling
        self._mask = width - 1
        self._total = prior_weight * prior
        self._count = prior_weight
        self._totals = array("d", bytes(8 * ROWS * width))
        self._counts = array("q", bytes(8 * ROWS * width))

    @property
    def pooled(self) -> float:
        """The mean over all queries."""
        return self._total / self._count if self._count else self.prior

    def observe(self, key: Hashable, value: float) -> None:
        for place in self._places(key):
            self._totals[place] += value
            self._counts[place] += 1
        self._total += value
        self._count += 1

    def estimate(self, key: Hashable) -> float:
        place = self._least_shared(key)
        weight = self.pooling + self._counts[place]
        return (self.pooling * self.pooled + self._totals[place]) / weight if weight else self.pooled

    def count(self, key: Hashable) -> int:
        return self._counts[self._least_shared(key)]

    def snapshot(self) -> Any:
        return [self._total, self._count, self._totals.tobytes(), self._counts.tobytes()]

    def restore(self, kept: Any) -> None:
        total, count, totals, counts = msgspec.convert(kept, tuple[float, float, bytes, bytes])
        if len(totals) == len(counts) == (self._mask + 1) * BYTES // 2:  # else of another width: only the mean is kept
            self._totals, self._counts = array("d", totals), array("q", counts)
        self._total, self._count = total, count

    def _least_shared(self, key: Hashable) -> int:
        return min(self._places(key), key=self._counts.__getitem__)

    def _places(self, key: Hashable) -> list[int]:
        low, high = halves(folded(hash(key)))
        return [counts_place(self._mask, low, high, row) for row in range(ROWS)]
