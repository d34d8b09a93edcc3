"""What one pass over a trace counts, by key."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pantler.traces.trace import Floats, Integers, Trace, bytes_of

Number = TypeVar("Number", np.uint64, np.int64, np.float64)


class Tally:
    """Sums over the parts added so far, of which the ids are dense across all.

    requests      how many
    keys          uint64 (keys,), the raw key of each id
    sizes         int64 (keys,), the largest size seen
    costs         float64 (keys, K), what missing every request costs
    first_costs   float64 (K,), what missing only the first request for each key costs, over all keys
    bytes         bytes asked for, first_bytes those of the first requests only
    """

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = self.first_bytes = 0.0
        self.keys: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self.sizes: Integers = np.zeros(0, np.int64)
        self.costs: Floats = np.zeros((0, 1))
        self.first_costs: Floats = np.zeros(1)
        self.repeated: Floats = np.zeros(0)

    @property
    def footprint(self) -> int:
        """Bytes to keep every key at its largest size. Raises TraceError where no machine could."""
        return bytes_of(self.sizes)

    def add(self, part: Trace) -> None:
        known, models = len(self.keys), part.costs.shape[1]
        if self.costs.shape[1] != models:
            self.costs = np.zeros((0, models))
        self._widen(part.distinct)
        self.requests += len(part)
        self.keys[part.ids] = part.ids if part.keys is None else part.keys
        np.maximum.at(self.sizes, part.ids, part.sizes)
        for model in range(models):
            self.costs[:, model] += np.bincount(part.ids, part.costs[:, model], part.distinct)
        first, sizes = np.zeros((part.distinct, models)), np.zeros(part.distinct)
        first[part.ids[::-1]] = part.costs[::-1]
        sizes[part.ids[::-1]] = part.sizes[::-1]
        self.first_costs = self.first_costs + first[known:].sum(axis=0)
        self.repeated[known:] -= first[known:, 0]
        self.repeated += np.bincount(part.ids, part.costs[:, 0], part.distinct)
        self.first_bytes += float(sizes[known:].sum())
        self.bytes += float(part.sizes.sum())

    def _widen(self, distinct: int) -> None:
        self.keys = widened(self.keys, distinct)
        self.sizes = widened(self.sizes, distinct)
        self.costs = widened(self.costs, distinct)
        self.repeated = widened(self.repeated, distinct)


def widened(column: NDArray[Number], length: int) -> NDArray[Number]:
    """The column with zeros behind it up to `length` rows."""
    more = np.zeros((max(length - len(column), 0), *column.shape[1:]), column.dtype)
    return np.concatenate([column, more])
