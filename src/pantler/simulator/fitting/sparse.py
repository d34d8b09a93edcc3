"""Rows of a wide table that are nearly empty, and their products with narrow dense ones, compiled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import MissingExtra

try:
    from numba import njit
except ImportError as missing:
    raise MissingExtra("fitting", "simulator") from missing


@dataclass(frozen=True)
class Rows:
    """Row i holds `values[starts[i] : starts[i + 1]]` at `places` of the same range; `width` places in all."""

    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    values: NDArray[np.float32]
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def chosen(self, rows: NDArray[np.intp]) -> "Rows":
        """Those rows, in that order."""
        spans = [slice(self.starts[row], self.starts[row + 1]) for row in rows]
        lengths = np.array([span.stop - span.start for span in spans], np.int64)
        return Rows(
            np.concatenate([[0], lengths.cumsum()]),
            np.concatenate([self.places[span] for span in spans]),
            np.concatenate([self.values[span] for span in spans]),
            self.width,
        )

    def times(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, width) times (width, m)."""
        out = np.zeros((table.shape[1], len(self)), np.float32)
        _times(self.starts, self.places, self.values, np.ascontiguousarray(table.T), out)
        return out.T

    def turned_times(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """(width, n) times (n, m)."""
        out = np.zeros((table.shape[1], self.width), np.float32)
        _turned_times(self.starts, self.places, self.values, np.ascontiguousarray(table.T), out)
        return out.T


def rows(places: Sequence[NDArray[np.int64]], values: Sequence[NDArray[np.float32]], width: int) -> Rows:
    """The rows of which these are the places and the values."""
    lengths = np.array([len(each) for each in places], np.int64)
    return Rows(
        np.concatenate([[0], lengths.cumsum()]), np.concatenate(places), np.concatenate(values, dtype=np.float32), width
    )


@njit(cache=True)
def _times(starts, places, values, table, out):  # type: ignore[no-untyped-def]
    for column in range(len(table)):  # one column's numbers stay in the processor's cache
        of_column = table[column]
        for row in range(len(starts) - 1):
            total = np.float32(0.0)
            for at in range(starts[row], starts[row + 1]):
                total += values[at] * of_column[places[at]]
            out[column, row] = total


@njit(cache=True)
def _turned_times(starts, places, values, table, out):  # type: ignore[no-untyped-def]
    for column in range(len(table)):
        sums = out[column]
        for row in range(len(starts) - 1):
            for at in range(starts[row], starts[row + 1]):
                sums[places[at]] += values[at] * table[column, row]
