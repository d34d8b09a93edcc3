"""The most doubtful of the near answers that were served, for an operator to look at."""

from collections.abc import Sequence
from heapq import heappush, heappushpop, nlargest

import msgspec

from pantler.core.rows import Neighbour
from pantler.live.errands import Errand

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
    """The `MOST` most doubtful."""

    def __init__(self) -> None:
        self._heap: list[Doubt] = []

    def note(self, near: Neighbour, errand: Errand) -> None:
        """An errand is served what is near it."""
        whose = near.decision, errand.route.name, errand.tenant, errand.time
        doubt = Doubt(near.wrong, near.cosine, errand.decision, *whose)
        (heappush if len(self._heap) < MOST else heappushpop)(self._heap, doubt)

    def listed(self) -> list[Doubt]:
        """Most doubtful first."""
        return sorted(self._heap, reverse=True)

    def restore(self, kept: Sequence[Doubt]) -> None:
        """Take up what was listed before, beside what has been served since."""
        self._heap = sorted(nlargest(MOST, [*self._heap, *kept]))
