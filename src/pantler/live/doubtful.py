"""The most doubtful of the near answers that were served, for an operator to look at."""

from heapq import heappush, heappushpop

import msgspec

MOST = 100


class Doubt(msgspec.Struct, frozen=True, order=True):
    """A near answer that was served: the decision that served it, beside the one that brought it; no text."""

    wrong: float
    cosine: float
    decision: str
    entry: str
    route: str
    tenant: str
    time: float


class Doubtful:
    """The `MOST` most doubtful since the start."""

    def __init__(self) -> None:
        self._heap: list[Doubt] = []

    def note(self, doubt: Doubt) -> None:
        """One more that was served."""
        (heappush if len(self._heap) < MOST else heappushpop)(self._heap, doubt)

    def listed(self) -> list[Doubt]:
        """Most doubtful first."""
        return sorted(self._heap, reverse=True)
