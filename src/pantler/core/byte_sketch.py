"""A count-min sketch of bytes that ages slowly: one memory that serves recency and long frequency alike."""

from typing import Final

from mypy_extensions import i64

from pantler.core.sketch import Sketch, counts_raise, counts_read, halves

CEILING: Final = 255
WIDTH_PER_RESIDENT: Final = 8
ROW_BYTES: Final = 4  # one byte of each of the four rows
AGEING: Final = 2  # additions, in widths, after which every counter is halved
_HALVED: Final = bytes(value >> 1 for value in range(256))


class ByteSketch(Sketch):
    """Four rows of 8-bit counters, halved every two widths of additions, in 32 to 64 bytes per resident."""

    def __init__(self) -> None:
        super().__init__(WIDTH_PER_RESIDENT, CEILING)
        self.table = bytearray((self.mask + 1) * ROW_BYTES)
        self.additions: i64 = 0

    def add(self, digest: i64) -> i64:
        low, high = halves(digest)
        count: i64 = min(counts_read(self.table, self.mask, low, high) + 1, CEILING)
        counts_raise(self.table, self.mask, low, high, count)
        self.additions += 1
        if self.additions > AGEING * self.mask:
            self.additions = 0
            self.table = self.table.translate(_HALVED)
        return count

    def read(self, digest: i64) -> i64:
        low, high = halves(digest)
        count: i64 = counts_read(self.table, self.mask, low, high)
        return count

    def write(self, digest: i64, count: i64) -> None:
        low, high = halves(digest)
        counts_raise(self.table, self.mask, low, high, min(count, CEILING))

    def double(self) -> None:
        self.table = self.table + self.table
