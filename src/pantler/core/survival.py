"""How many further hits an answer may expect, by how often its query has come.

    s(n) = hits(n) / (hits(n) + ends(n))            hits and ends seen of stored answers whose query had come n times
    h(n) = min( n - 1,  s(n) (1 + h(n + 1)) )

What came n times is not trusted to come more often than that again; what has been seen fades as more is seen. Counts
from 8 on share a place with those up to a quarter larger.
"""

from math import log2
from typing import Any, Final

import msgspec

PLAIN: Final = 8  # counts that have a place of their own
FINE: Final = 3  # places for each doubling from there
PLACES: Final = PLAIN + 16 * FINE
EVERY: Final = 64  # observations between two computations of the table
LEANING: Final = 4.0  # for how many observations the place below counts


class Survival:
    """The table; `horizon` is the number of hits and ends after which they weigh half."""

    def __init__(self, horizon: int = 20_000) -> None:
        self.horizon = horizon
        self._hits = [0.0] * PLACES
        self._ends = [0.0] * PLACES
        self._seen = 0
        self._further = _further(self._hits, self._ends)

    def hit(self, frequency: float) -> None:
        """A stored answer has served again, its query having come so often before."""
        self._hits[_place(frequency)] += 1.0
        self._count()

    def ended(self, frequency: float) -> None:
        """A stored answer has left, its query having come so often."""
        self._ends[_place(frequency)] += 1.0
        self._count()

    def expected(self, frequency: float) -> float:
        """h: how many further hits an answer may expect while it stays, if its query has come so often."""
        return max(0.0, min(frequency - 1.0, self._further[_place(frequency)]))

    def snapshot(self) -> Any:
        return [list(self._hits), list(self._ends)]

    def restore(self, kept: Any) -> None:
        hits, ends = msgspec.convert(kept, tuple[list[float], list[float]])
        if len(hits) != PLACES or len(ends) != PLACES:
            raise msgspec.ValidationError("this table of hits has other places")
        self._hits, self._ends = hits, ends
        self._further = _further(hits, ends)

    def _count(self) -> None:
        self._seen += 1
        if self._seen % EVERY == 0:
            self._further = _further(self._hits, self._ends)
        if self._seen >= self.horizon:
            self._seen = 0
            self._hits = [count / 2.0 for count in self._hits]
            self._ends = [count / 2.0 for count in self._ends]


def _place(frequency: float) -> int:
    if frequency < PLAIN:
        return max(0, int(frequency))
    return min(PLACES - 1, PLAIN + int(FINE * log2(frequency / PLAIN)))


def _counts(place: int) -> float:
    """How many counts share a place."""
    return 1.0 if place < PLAIN else PLAIN * (2.0 ** ((place - PLAIN + 1) / FINE) - 2.0 ** ((place - PLAIN) / FINE))


def _further(hits: list[float], ends: list[float]) -> list[float]:
    """How many further hits the first count of each place may expect, but for the cap.

    Where little was seen, the place below stands in; where nothing was, nothing ends.
    """
    stays: list[float] = []
    below = 1.0
    for hit, ended in zip(hits, ends, strict=True):
        below = (hit + LEANING * below) / (hit + ended + LEANING)
        stays.append(below)
    found = [0.0] * PLACES
    after = 0.0
    for place in reversed(range(PLACES)):
        stay, counts = stays[place], _counts(place)
        through = stay**counts
        within = counts if stay == 1.0 else stay * (1.0 - through) / (1.0 - stay)
        after = found[place] = within + through * after
    return found
