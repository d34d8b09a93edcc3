"""Vectors in slots, of which an index that scores some of them exactly first makes a shortlist."""

from abc import ABC, abstractmethod
from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

SHORTLIST = 64
LEAST_SLOTS = 4  # most scopes hold a text or two


class Slots(ABC):
    """Vectors of `dimensions` numbers under keys; slots of the dropped are used again.

    A search is exact among the shortlist, so what was dropped is never found and what was replaced never stale.
    """

    def __init__(self, dimensions: int = 256, *, shortlist: int = SHORTLIST) -> None:
        self.dimensions = dimensions
        self.shortlist = shortlist
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
                self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
                self._widen()
        self._vectors[slot] = vector
        self._write(slot, vector)

    def drop(self, key: Hashable) -> bool:
        """Forget a key, the last slot taking its place; whether it was there."""
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        last = self._keys.pop()
        if slot < len(self._keys):
            self._keys[slot] = last
            self._slots[last] = slot
            self._vectors[slot] = self._vectors[len(self._keys)]
            self._move(len(self._keys), slot)
        return True

    def vector(self, key: Hashable) -> NDArray[np.float32]:
        """What is kept under a key; KeyError where nothing is."""
        kept: NDArray[np.float32] = self._vectors[self._slots[key]]
        return kept.copy()

    def search(self, vector: NDArray[np.float32], count: int = 1) -> list[tuple[Hashable, float]]:
        """The `count` nearest keys with their dot products, nearest first."""
        wanted, held = max(count, self.shortlist), len(self._keys)
        slots = np.arange(held) if held <= wanted else self._near(vector, wanted)
        scores = self._vectors.take(slots, axis=0) @ vector
        order = _greatest(scores, count)
        return list(zip([self._keys[slot] for slot in slots[order].tolist()], scores[order].tolist(), strict=True))

    @abstractmethod
    def _widen(self) -> None:
        """There are twice as many slots."""

    @abstractmethod
    def _write(self, slot: int, vector: NDArray[np.float32]) -> None:
        """A slot holds another vector."""

    @abstractmethod
    def _move(self, slot: int, to: int) -> None:
        """The last slot's vector is in another one."""

    @abstractmethod
    def _near(self, vector: NDArray[np.float32], count: int) -> NDArray[np.intp]:
        """At least `count` slots, the likeliest to hold the nearest; there are more than that."""


def _greatest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The places of so many, the greatest first, of equal ones the earlier."""
    among = np.arange(len(scores))
    if len(scores) > count:
        among = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    return among[np.argsort(-scores[among], kind="stable")][:count]
