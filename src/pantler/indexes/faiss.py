"""Nearest neighbours by the signs of a vector's numbers, compared by faiss, then exactly.

The same two steps as those of the index by bits, for partitions beyond some 200,000: a slot's signs lie side by side,
and faiss keeps the nearest while it counts (Johnson et al. 2017). Of slots that are equally far by their signs it takes
as many as are wanted, not all.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import MissingExtra
from pantler.indexes._slots import LEAST_SLOTS, SHORTLIST, Slots


class Faiss(Slots):
    """As many numbers as `dimensions` says, a multiple of 8. Raises MissingExtra where faiss is not installed."""

    def __init__(self, dimensions: int = 256, *, shortlist: int = SHORTLIST) -> None:
        super().__init__(dimensions, shortlist=shortlist)
        self._codes = np.zeros((LEAST_SLOTS, -(-dimensions // 8)), np.uint8)

    def _widen(self) -> None:
        self._codes = np.concatenate([self._codes, np.zeros_like(self._codes)])

    def _write(self, slot: int, vector: NDArray[np.float32]) -> None:
        self._codes[slot] = np.packbits(vector > 0.0)

    def _move(self, slot: int, to: int) -> None:
        self._codes[to] = self._codes[slot]

    def _near(self, vector: NDArray[np.float32], count: int) -> NDArray[np.intp]:
        asked = np.packbits(vector > 0.0)[None, :]
        self._faiss.omp_set_num_threads(1)  # of the calling thread: to wake others takes longer than one search
        _, slots = self._faiss.knn_hamming(asked, self._codes[: len(self._keys)], count)
        found: NDArray[np.intp] = slots[0]
        return found

    @cached_property
    def _faiss(self) -> Any:  # which tells nothing of its types
        try:
            import faiss
        except ImportError as error:
            raise MissingExtra("the index 'faiss'", "faiss") from error
        return faiss
