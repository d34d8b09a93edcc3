"""Count-min sketches that remember how often absent keys have come, in bounded memory.

A key has two halves (low, high) of its mixed 64-bit digest. Where there are four rows, 32 places stand in two blocks of
64 counters, the first of rows 0 and 1, the second of rows 2 and 3: low chooses the first for a key, low + high the
second, and five of the upper bits of high a place for each row. Where counters are bytes, a block is a line of the
processor's cache, and a key costs two loads from memory instead of four. The estimate is the smallest counter, never
below the truth while nothing has aged; an update raises only the counters below the new value (conservative update,
Estan and Varghese 2002). Widths are powers of two, so that doubling one is a copy of the table onto its own end: every
old estimate stays an upper bound. Ageing halves all counters after a period of additions (Einziger et al. 2017).

The functions are called by the sketches here and compiled by the sweep as they stand.
"""

from array import array
from typing import Any, Final

from mypy_extensions import i64

_HALVED_NIBBLES: Final = bytes((value >> 1) & 0x77 for value in range(256))
BLOCK: Final = 32
DIGEST_BITS: Final = 2**62 - 1
LEAST_WIDTH: Final = 64
WIDTH_PER_RESIDENT: Final = 16
COUNT_CEILING: Final = 2**32 - 1
NIBBLE_CEILING: Final = 15


def halves(digest: i64) -> tuple[i64, i64]:
    """Two 31-bit halves, the second odd, of a mixed 64-bit digest; no step overflows a signed 64-bit integer."""
    below: i64 = digest & 0x7FFFFFFF
    above: i64 = (digest >> 31) & 0x7FFFFFFF
    mixed: i64 = below * 0x45D9F3B5 + above * 0x2C1B3C6D
    low: i64 = (mixed ^ (mixed >> 31)) & 0x7FFFFFFF
    mixed = low * 0x5851F42D + above
    high: i64 = ((mixed >> 17) ^ mixed) & 0x7FFFFFFF
    return low, high | 1


def folded(digest: int) -> i64:
    """The bits that `halves` reads of a digest of any length, in a machine integer."""
    return digest & DIGEST_BITS


def counts_read(table: Any, mask: i64, low: i64, high: i64) -> Any:
    """The smallest of a key's four counters; `table` holds four counters for each place, at least 32 places."""
    first: i64 = (low & mask & -BLOCK) << 2
    second: i64 = ((low + high) & mask & -BLOCK) << 2 | 64
    least = table[first | (high >> 10) & 62]
    other = table[first | (high >> 15) & 62 | 1]
    if other < least:
        least = other
    other = table[second | (high >> 20) & 62]
    if other < least:
        least = other
    other = table[second | (high >> 25) & 62 | 1]
    if other < least:
        least = other
    return least


def counts_place(mask: i64, low: i64, high: i64, row: i64) -> i64:
    """Where a key's counter of a row stands in the table of four."""
    start: i64 = low if row < 2 else low + high
    return (start & mask & -BLOCK) << 2 | (row & 2) << 5 | (high >> (10 + 5 * row)) & 62 | row & 1


def counts_raise(table: Any, mask: i64, low: i64, high: i64, count: int) -> None:
    """Raise each of a key's four counters to at least `count`."""
    for row in range(4):
        place = counts_place(mask, low, high, row)
        if table[place] < count:
            table[place] = count


def nibbles_read(table: bytearray, mask: i64, low: i64, high: i64) -> i64:
    """The smaller of a key's two counters; a byte of `table` holds one of the first row below one of the second."""
    first: i64 = table[low & mask] & 15
    second: i64 = table[(low + high) & mask] >> 4
    return min(second, first)


def nibbles_raise(table: bytearray, mask: i64, low: i64, high: i64, count: i64) -> None:
    """Raise both of a key's counters to at least `count`, which is at most 15."""
    place: Any = low & mask  # boxed once, to read and to write
    held: i64 = table[place]
    if held & 15 < count:
        table[place] = (held & 240) | count
    place = (low + high) & mask
    held = table[place]
    if held >> 4 < count:
        table[place] = (held & 15) | (count << 4)


def nibbles_add(table: bytearray, mask: i64, low: i64, high: i64) -> i64:
    """Count one arrival of a key, up to the ceiling; the estimate with it."""
    first_place: Any = low & mask  # never the second place, since `high` is odd
    second_place: Any = (low + high) & mask
    first: i64 = table[first_place]
    second: i64 = table[second_place]
    count: i64 = min(first & 15, second >> 4)
    if count == NIBBLE_CEILING:
        return count
    if first & 15 == count:
        table[first_place] = first + 1
    if second >> 4 == count:
        table[second_place] = second + 16
    return count + 1


class Sketch:
    """What a ranking asks of its memory for absent keys; both kinds keep their width in step with the residents."""

    def __init__(self, width_per_resident: i64 = WIDTH_PER_RESIDENT, ceiling: i64 = COUNT_CEILING) -> None:
        self.mask: i64 = LEAST_WIDTH - 1
        self.ceiling: i64 = ceiling
        self._width_per_resident: i64 = width_per_resident

    def add(self, digest: i64) -> i64:
        """Count one arrival; the estimate with it."""
        raise NotImplementedError

    def read(self, digest: i64) -> i64:
        """The estimate."""
        raise NotImplementedError

    def foresee(self, digest: i64) -> i64:
        """What `add` would say now; nothing is counted."""
        return min(self.read(digest) + 1, self.ceiling)

    def write(self, digest: i64, count: i64) -> None:
        """Remember at least `count`, up to the counters' ceiling."""
        raise NotImplementedError

    def double(self) -> None:
        """Copy the table onto its own end."""
        raise NotImplementedError

    def grow(self, residents: i64) -> None:
        """Double the width until it is at least so many times the number of residents."""
        while self.mask + 1 < self._width_per_resident * residents:
            self.double()
            self.mask = 2 * self.mask + 1


class CountSketch(Sketch):
    """Four rows of 32-bit counters that never age, 256 to 512 bytes per resident: LEC's long memory."""

    def __init__(self) -> None:
        super().__init__()
        self.table = array("I", bytes(LEAST_WIDTH * 16))

    def add(self, digest: i64) -> i64:
        low, high = halves(digest)
        count: i64 = min(counts_read(self.table, self.mask, low, high) + 1, COUNT_CEILING)
        counts_raise(self.table, self.mask, low, high, count)
        return count

    def read(self, digest: i64) -> i64:
        low, high = halves(digest)
        count: i64 = counts_read(self.table, self.mask, low, high)
        return count

    def write(self, digest: i64, count: i64) -> None:
        low, high = halves(digest)
        counts_raise(self.table, self.mask, low, high, min(count, COUNT_CEILING))

    def double(self) -> None:
        self.table = self.table + self.table


class NibbleSketch(Sketch):
    """Two rows of 4-bit counters, halved every `width` additions, in 16 to 32 bytes per resident."""

    def __init__(self) -> None:
        super().__init__(WIDTH_PER_RESIDENT, NIBBLE_CEILING)
        self.table = bytearray(LEAST_WIDTH)
        self.additions: i64 = 0

    def add(self, digest: i64) -> i64:
        low, high = halves(digest)
        count = nibbles_add(self.table, self.mask, low, high)
        self.additions += 1
        if self.additions > self.mask:
            self.additions = 0
            self.table = self.table.translate(_HALVED_NIBBLES)
        return count

    def read(self, digest: i64) -> i64:
        low, high = halves(digest)
        return nibbles_read(self.table, self.mask, low, high)

    def write(self, digest: i64, count: i64) -> None:
        low, high = halves(digest)
        nibbles_raise(self.table, self.mask, low, high, min(count, NIBBLE_CEILING))

    def double(self) -> None:
        self.table = self.table + self.table
