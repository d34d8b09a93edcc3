"""Nearest neighbours by the signs of a vector's numbers, then exactly.

At least `shortlist` slots, those whose sign bits differ from the query's in the fewest places, are scored by their
exact dot products: a compressed top-k before an exact one, as in HiRE (arXiv 2402.09360). Near-duplicates share nearly
all their signs, so that the nearest of them is on the list; vectors of length 1 make the score a cosine.
"""

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

SHORTLIST = 64
LEAST_SLOTS = 4  # most scopes hold a text or two


class Bits:
    """Vectors of `dimensions` numbers, a multiple of 64, under keys; slots of the dropped are used again.

    A search is exact among the shortlist, so what was dropped is never found and what was replaced never stale.
    """

    def __init__(self, dimensions: int = 256, *, shortlist: int = SHORTLIST) -> None:
        self.dimensions = dimensions
        self.shortlist = shortlist
        self._words = -(-dimensions // 64)
        self._signs = np.zeros((self._words, LEAST_SLOTS), np.uint64)
        self._vectors = np.zeros((LEAST_SLOTS, dimensions), np.float32)
        self._keys: list[Hashable] = []
        self._slots: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots

    def add(self, key: Hashable, vector: NDArray[np.float32]) -> None:
        """Keep float32 (dimensions,) under a key, in place of what it had."""
        slot = self._slots.get(key)
        if slot is None:
            slot = len(self._keys)
            self._keys.append(key)
            self._slots[key] = slot
            if slot == len(self._vectors):
                self._signs = np.concatenate([self._signs, np.zeros_like(self._signs)], axis=1)
                self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        self._signs[:, slot] = self._packed(vector)
        self._vectors[slot] = vector

    def drop(self, key: Hashable) -> bool:
        """Forget a key, the last slot taking its place; whether it was there."""
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        last = self._keys.pop()
        if slot < len(self._keys):
            self._keys[slot] = last
            self._slots[last] = slot
            self._signs[:, slot] = self._signs[:, len(self._keys)]
            self._vectors[slot] = self._vectors[len(self._keys)]
        return True

    def vector(self, key: Hashable) -> NDArray[np.float32]:
        """What is kept under a key; KeyError where nothing is."""
        kept: NDArray[np.float32] = self._vectors[self._slots[key]]
        return kept.copy()

    def search(self, vector: NDArray[np.float32], count: int = 1) -> list[tuple[Hashable, float]]:
        """The `count` nearest keys with their dot products, nearest first."""
        slots = self._near(vector, max(count, self.shortlist))
        scores = self._vectors[slots] @ vector
        order = np.argsort(-scores, kind="stable")[:count]
        return list(zip([self._keys[slot] for slot in slots[order].tolist()], scores[order].tolist(), strict=True))

    def _near(self, vector: NDArray[np.float32], count: int) -> NDArray[np.intp]:
        held = len(self._keys)
        if held <= count:
            return np.arange(held)
        apart = np.zeros(held, np.uint16)
        for signs, asked in zip(self._signs, self._packed(vector), strict=True):  # a word of all slots at a time
            apart += np.bitwise_count(signs[:held] ^ asked)
        within = np.bincount(apart).cumsum()
        return np.flatnonzero(apart <= np.searchsorted(within, count))

    def _packed(self, vector: NDArray[np.float32]) -> NDArray[np.uint64]:
        bits = np.zeros(64 * self._words, np.bool_)
        bits[: self.dimensions] = vector > 0.0
        return np.packbits(bits).view(np.uint64)
