"""Count-min sketches that remember how often absent keys have come, in bounded memory.

A key has two 32-bit halves (low, high) of its mixed 64-bit digest; its counter in row r stands at (low + r * high) mod
width. The estimate is the smallest counter, never below the truth while nothing has aged; an update raises only the
counters below the new value (conservative update, Estan and Varghese 2002). Widths are powers of two, so that doubling
one is a copy of the table onto its own end: every old estimate stays an upper bound. Ageing halves all counters after a
period of additions (Einziger et al. 2017).

The functions are called by the sketches here and compiled by the sweep as they stand.
"""

from array import array
from typing import Any, ClassVar, Protocol

_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF
_HALVED_NIBBLES = bytes((value >> 1) & 0x77 for value in range(256))
LEAST_WIDTH = 64


def halves(digest: int) -> tuple[int, int]:
    """Two 32-bit halves, the second odd, of a multiplied and folded 64-bit digest."""
    mixed = (digest * 0x9E3779B97F4A7C15) & _MASK64
    mixed ^= mixed >> 32
    return mixed & _MASK32, (mixed >> 32) | 1


def counts_read(table: Any, mask: int, low: int, high: int) -> Any:
    """The smallest of a key's four counters; `table` holds four counters for each place, one of each row."""
    least = table[(low & mask) << 2]
    other = table[((low + high) & mask) << 2 | 1]
    if other < least:
        least = other
    other = table[((low + 2 * high) & mask) << 2 | 2]
    if other < least:
        least = other
    other = table[((low + 3 * high) & mask) << 2 | 3]
    if other < least:
        least = other
    return least


def counts_raise(table: Any, mask: int, low: int, high: int, count: int) -> None:
    """Raise each of a key's four counters to at least `count`."""
    for row in range(4):
        place = ((low + row * high) & mask) << 2 | row
        if table[place] < count:
            table[place] = count


def nibbles_read(table: Any, mask: int, low: int, high: int) -> Any:
    """The smaller of a key's two counters; a byte of `table` holds one of the first row below one of the second."""
    first = table[low & mask] & 15
    second = table[(low + high) & mask] >> 4
    return min(second, first)


def nibbles_raise(table: Any, mask: int, low: int, high: int, count: int) -> None:
    """Raise both of a key's counters to at least `count`, which is at most 15."""
    place = low & mask
    if table[place] & 15 < count:
        table[place] = (table[place] & 240) | count
    place = (low + high) & mask
    if table[place] >> 4 < count:
        table[place] = (table[place] & 15) | count << 4


class Sketch(Protocol):
    """What a ranking asks of its memory for absent keys."""

    def add(self, digest: int) -> int:
        """Count one arrival; the estimate with it."""
        ...

    def read(self, digest: int) -> int:
        """The estimate."""
        ...

    def write(self, digest: int, count: int) -> None:
        """Remember at least `count`, up to the counters' ceiling."""
        ...

    def grow(self, residents: int) -> None:
        """Keep the width in step with the number of resident items."""
        ...


class CountSketch:
    """Four rows of 32-bit counters that never age, 256 to 512 bytes per resident: LEC's long memory."""

    ceiling: ClassVar[int] = 2**32 - 1
    width_per_resident: ClassVar[int] = 16

    def __init__(self) -> None:
        self.mask = LEAST_WIDTH - 1
        self.table = array("I", bytes(LEAST_WIDTH * 16))

    def add(self, digest: int) -> int:
        """Count one arrival; the estimate with it."""
        low, high = halves(digest)
        count: int = min(counts_read(self.table, self.mask, low, high) + 1, self.ceiling)
        counts_raise(self.table, self.mask, low, high, count)
        return count

    def read(self, digest: int) -> int:
        """The estimate."""
        return counts_read(self.table, self.mask, *halves(digest))  # type: ignore[no-any-return]

    def write(self, digest: int, count: int) -> None:
        """Remember at least `count`."""
        counts_raise(self.table, self.mask, *halves(digest), min(count, self.ceiling))

    def grow(self, residents: int) -> None:
        """Double the width until it is at least sixteen times the number of residents."""
        while self.mask + 1 < self.width_per_resident * residents:
            self.table = self.table + self.table
            self.mask = 2 * self.mask + 1


class NibbleSketch:
    """Two rows of 4-bit counters, halved every `width` additions, in 16 to 32 bytes per resident."""

    ceiling: ClassVar[int] = 15
    width_per_resident: ClassVar[int] = 16

    def __init__(self) -> None:
        self.mask = LEAST_WIDTH - 1
        self.table = bytearray(LEAST_WIDTH)
        self.additions = 0

    def add(self, digest: int) -> int:
        """Count one arrival; the estimate with it."""
        low, high = halves(digest)
        count: int = nibbles_read(self.table, self.mask, low, high)
        if count < self.ceiling:
            count += 1
            nibbles_raise(self.table, self.mask, low, high, count)
        self.additions += 1
        if self.additions > self.mask:
            self.additions = 0
            self.table = self.table.translate(_HALVED_NIBBLES)
        return count

    def read(self, digest: int) -> int:
        """The estimate."""
        return nibbles_read(self.table, self.mask, *halves(digest))  # type: ignore[no-any-return]

    def write(self, digest: int, count: int) -> None:
        """Remember at least `count`, at most 15."""
        nibbles_raise(self.table, self.mask, *halves(digest), min(count, self.ceiling))

    def grow(self, residents: int) -> None:
        """Double the width until it is at least sixteen times the number of residents."""
        while self.mask + 1 < self.width_per_resident * residents:
            self.table = self.table + self.table
            self.mask = 2 * self.mask + 1
