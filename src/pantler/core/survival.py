"""How many further hits an answer may expect, by how often its query has come.

    s(n) = hits(n) / (hits(n) + ends(n))            hits and ends seen of stored answers whose query had come n times
    h(n) = min( n - 1,  s(n) (1 + h(n + 1)) )

What came n times is not trusted to come more often than that again; what has been seen fades as more is seen. Counts
from 8 on share a place with those up to a quarter larger. The functions are called by the class here and compiled by
the simulator as they stand; a table has a row of hits, one of ends, one of h without its cap, one of s.
"""

from math import log2
from typing import Any, Final

import msgspec

PLAIN: Final = 8  # counts that have a place of their own
FINE: Final = 3  # places for each doubling from there
PLACES: Final = PLAIN + 16 * FINE
EVERY: Final = 64  # observations between two computations of the table
LEANING: Final = 4.0  # for how many observations the place below counts
HORIZON: Final = 20_000  # observations after which they weigh half
HITS, ENDS, FURTHER, STAYS = range(4)
ROWS: Final = 4


def place(frequency: float) -> int:
    """Where a count stands."""
    if frequency < PLAIN:
        return max(0, int(frequency))
    return min(PLACES - 1, PLAIN + int(FINE * log2(frequency / PLAIN)))


def counts_at(at: int) -> float:
    """How many counts share a place."""
    if at < PLAIN:
        return 1.0
    return float(PLAIN * (2.0 ** ((at - PLAIN + 1) / FINE) - 2.0 ** ((at - PLAIN) / FINE)))


def expected(table: Any, frequency: float) -> float:
    """How many further hits an answer may expect while it stays, if its query has come so often."""
    return float(max(0.0, min(frequency - 1.0, table[FURTHER][place(frequency)])))


def observe(table: Any, row: int, frequency: float, observed: int) -> int:
    """One more hit or end at a count, after so many; how many they are now, since they were halved."""
    table[row][place(frequency)] += 1.0
    observed += 1
    if observed % EVERY == 0:
        reckon(table)
    if observed < HORIZON:
        return observed
    for at in range(PLACES):
        table[HITS][at] /= 2.0
        table[ENDS][at] /= 2.0
    return 0


def reckon(table: Any) -> None:
    """Compute the further hits at the first count of each place.

    Where little was seen, the place below stands in; where nothing was, nothing ends.
    """
    below = 1.0
    for at in range(PLACES):
        hits, ends = table[HITS][at], table[ENDS][at]
        below = (hits + LEANING * below) / (hits + ends + LEANING)
        table[STAYS][at] = below
    after = 0.0
    for back in range(PLACES):
        at = PLACES - 1 - back
        stay, counts = table[STAYS][at], counts_at(at)
        through = stay**counts
        within = counts if stay == 1.0 else stay * (1.0 - through) / (1.0 - stay)
        after = within + through * after
        table[FURTHER][at] = after


class Survival:
    """The table of one route."""

    def __init__(self) -> None:
        self._table = [[0.0] * PLACES for _ in range(ROWS)]
        self._observed = 0
        reckon(self._table)

    def hit(self, frequency: float) -> None:
        """A stored answer has served again, its query having come so often before."""
        self._observed = observe(self._table, HITS, frequency, self._observed)

    def ended(self, frequency: float) -> None:
        """A stored answer has left, its query having come so often."""
        self._observed = observe(self._table, ENDS, frequency, self._observed)

    def expected(self, frequency: float) -> float:
        """How many further hits an answer may expect while it stays, if its query has come so often."""
        return expected(self._table, frequency)

    def snapshot(self) -> Any:
        return [list(self._table[HITS]), list(self._table[ENDS])]

    def restore(self, kept: Any) -> None:
        hits, ends = msgspec.convert(kept, tuple[list[float], list[float]])
        if len(hits) != PLACES or len(ends) != PLACES:
            raise msgspec.ValidationError("this table of hits has other places")
        self._table = [hits, ends, [0.0] * PLACES, [0.0] * PLACES]
        reckon(self._table)
