"""A lower confidence bound per query, under which what is unknown looks cheap enough to be tried.

    max(B1, mean(q) - (B2 - B1) sqrt(log(6 T |Q| / delta) / (2 n(q)))), or B1 where q was never seen

An over-estimated cached query is never observed again, so its error would last; an under-estimated one is evicted,
observed and corrected (Zhu et al. 2023; theory 1). The constants are as remembered, not checked against the PDF.
"""

from collections.abc import Hashable
from math import log, sqrt
from typing import Any

from pantler.core.packing import packed_table, unpacked_table
from pantler.core.recent import Recent


def doubt(*, requests: int, queries: int, delta: float = 0.05) -> float:
    """log(6 T |Q| / delta): all bounds hold at once over T requests to |Q| queries with chance 1 - delta."""
    return log(6.0 * requests * queries / delta)


class Confidence:
    """Values lie in [`low`, `high`], the paper's B1 and B2; `doubt` is the logarithm in the bound's root.

    At most `max_keys` queries are told apart; one that is forgotten is unknown again, and so looks cheap.
    """

    def __init__(self, low: float, high: float, *, doubt: float, max_keys: int = 1 << 16) -> None:
        self.low = low
        self.high = high
        self.doubt = doubt
        self.max_keys = max_keys
        self._by_key: Recent[Hashable, tuple[float, int]] = Recent()

    def observe(self, key: Hashable, value: float) -> None:
        total, count = self._by_key.get(key, (0.0, 0))
        self._by_key.write(key, (total + value, count + 1), self.max_keys)

    def estimate(self, key: Hashable) -> float:
        total, count = self._by_key.get(key, (0.0, 0))
        if not count:
            return self.low
        radius = (self.high - self.low) * sqrt(self.doubt / (2.0 * count))
        return max(self.low, total / count - radius)

    def count(self, key: Hashable) -> int:
        return self._by_key.get(key, (0.0, 0))[1]

    def snapshot(self) -> Any:
        return packed_table(self._by_key)

    def restore(self, kept: Any) -> None:
        self._by_key = unpacked_table(kept)
