"""A count-min sketch that remembers frequencies of absent keys in bounded memory.

Four counters stand for a key, at positions (low + row * high) mod width in a table of width x 4 counters,
row-interleaved. The estimate is the smallest of them (never below the truth while nothing has aged); an update raises
only those below the new value (conservative update, Estan and Varghese 2002). Because a width is a power of two,
doubling it is a copy of the table onto its own end: every old estimate stays an upper bound. Ageing halves every
counter (TinyLFU, Einziger et al. 2017).

`estimate` and `raise_to` are compiled by the sweep as they stand here.
"""

from array import array
from collections.abc import MutableSequence
from typing import Any

ROWS = 4
_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF
_HALVED = bytes(value >> 1 for value in range(256))


def halves(key: int) -> tuple[int, int]:
    """Two 32-bit halves, low and odd high, of the mixed 64-bit key (multiply-xorshift, Steele et al. 2014)."""
    mixed = key & _MASK64
    mixed = ((mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15) & _MASK64
    mixed = ((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9) & _MASK64
    return mixed & _MASK32, (mixed >> 32) | 1


def estimate(table: Any, mask: int, low: int, high: int) -> Any:
    """The smallest of a key's four counters."""
    return min(
        table[(low & mask) * 4],
        table[((low + high) & mask) * 4 + 1],
        table[((low + 2 * high) & mask) * 4 + 2],
        table[((low + 3 * high) & mask) * 4 + 3],
    )


def raise_to(table: Any, mask: int, low: int, high: int, value: Any) -> None:
    """Raise each of a key's four counters to at least `value`."""
    first = (low & mask) * 4
    second = ((low + high) & mask) * 4 + 1
    third = ((low + 2 * high) & mask) * 4 + 2
    fourth = ((low + 3 * high) & mask) * 4 + 3
    if table[first] < value:
        table[first] = value
    if table[second] < value:
        table[second] = value
    if table[third] < value:
        table[third] = value
    if table[fourth] < value:
        table[fourth] = value


class Sketch:
    """The table with its bookkeeping: it doubles with the residents it serves beside, ages, and saturates.

    `typecode` is that of `array`: "B" counts to 255, "I" to 2^32 - 1, "d" holds log2-weights (then `empty` is -inf).
    `per_resident` is the least width per resident item; `ageing` the number of additions, in widths, after which all
    counters are halved, 0 for never.
    """

    def __init__(self, *, typecode: str, per_resident: int, ageing: float = 0.0, least_width: int = 64) -> None:
        self.typecode = typecode
        self.per_resident = per_resident
        self.ageing = ageing
        self.ceiling: float = {"B": 255, "I": 2**32 - 1}.get(typecode, float("inf"))
        self.empty: float = float("-inf") if typecode == "d" else 0
        self.mask = least_width - 1
        self.additions = 0
        self.table: MutableSequence[Any] = array(typecode, [self.empty]) * (least_width * ROWS)

    def read(self, key: int) -> float:
        """The remembered frequency of `key`."""
        low, high = halves(key)
        return estimate(self.table, self.mask, low, high)  # type: ignore[no-any-return]

    def write(self, key: int, frequency: float) -> None:
        """Remember at least `frequency` for `key`."""
        low, high = halves(key)
        raise_to(self.table, self.mask, low, high, min(frequency, self.ceiling))

    def grow(self, residents: int) -> None:
        """Double the width until it is at least `per_resident` times `residents`."""
        while self.mask + 1 < self.per_resident * residents:
            self.table = self.table + self.table  # type: ignore[operator]
            self.mask = 2 * self.mask + 1

    def age(self) -> None:
        """Count one addition, halving every counter when a period of them is full."""
        self.additions += 1
        if self.ageing and self.additions >= self.ageing * (self.mask + 1):
            self.additions = 0
            self.table = array(self.typecode, bytes(self.table).translate(_HALVED))
