"""The range in which almost all of a route's costs lie."""

from bisect import bisect_left, insort
from collections import deque
from typing import Any, Final

import msgspec

REMEMBERED: Final = 1_000
EVERY: Final = 50  # observations between two sortings


class Spread:
    """The 1st and the 99th percentile of the last thousand values: the paper's B1 and B2 where nobody gives them."""

    def __init__(self) -> None:
        self.low = 0.0
        self.high = 0.0
        self._values: deque[float] = deque()
        self._ordered: list[float] = []  # kept in order, for sorting a thousand anew takes as long as deciding
        self._fresh = 0

    def observe(self, value: float) -> None:
        """One more value."""
        self._values.append(value)
        insort(self._ordered, value)
        if len(self._values) > REMEMBERED:
            oldest = self._values.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]
        self._fresh += 1
        if self._fresh >= EVERY or len(self._values) < EVERY:
            self._settle()

    def _settle(self) -> None:
        ordered = self._ordered
        last = len(ordered) - 1
        self.low, self.high = ordered[last // 100], ordered[last - last // 100]
        self._fresh = 0

    def snapshot(self) -> Any:
        return list(self._values)

    def restore(self, kept: Any) -> None:
        values = msgspec.convert(kept, list[float])[-REMEMBERED:]
        self._values, self._ordered = deque(values), sorted(values)
        if values:
            self._settle()
