"""Nearest neighbours by the signs of a vector's numbers, then exactly.

At least `shortlist` slots, those whose sign bits differ from the query's in the fewest places, are scored by their
exact dot products: a compressed top-k before an exact one, as in HiRE (arXiv 2402.09360). Near-duplicates share nearly
all their signs, so that the nearest of them is on the list; vectors of length 1 make the score a cosine.
"""

import numpy as np
from numpy.typing import NDArray

from pantler.indexes._slots import LEAST_SLOTS, SHORTLIST, Slots


class Bits(Slots):
    """As many numbers as `dimensions` says, a multiple of 64; word by word of all slots, by NumPy alone."""

    def __init__(self, dimensions: int = 256, *, shortlist: int = SHORTLIST) -> None:
        super().__init__(dimensions, shortlist=shortlist)
        self._words = -(-dimensions // 64)
        self._signs = np.zeros((self._words, LEAST_SLOTS), np.uint64)

    def _widen(self) -> None:
        self._signs = np.concatenate([self._signs, np.zeros_like(self._signs)], axis=1)

    def _write(self, slot: int, vector: NDArray[np.float32]) -> None:
        self._signs[:, slot] = self._packed(vector)

    def _move(self, slot: int, to: int) -> None:
        self._signs[:, to] = self._signs[:, slot]

    def _near(self, vector: NDArray[np.float32], count: int) -> NDArray[np.intp]:
        differing = np.bitwise_count(self._signs[:, : len(self._keys)] ^ self._packed(vector)[:, None])
        apart = np.add.reduce(differing, axis=0, dtype=np.uint16)
        within = np.bincount(apart).cumsum()
        return np.flatnonzero(apart <= np.searchsorted(within, count))

    def _packed(self, vector: NDArray[np.float32]) -> NDArray[np.uint64]:
        bits = np.zeros(64 * self._words, np.bool_)
        bits[: self.dimensions] = vector > 0.0
        return np.packbits(bits).view(np.uint64)
