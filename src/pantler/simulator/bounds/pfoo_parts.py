"""PFOO-L over the parts of a trace, within memory for the keys alone.

Intervals are not sorted but counted in buckets of nearly the same density, 1/256 of an octave wide. Of the bucket that
is kept in part, the densest is taken, so that the bound stays a bound: it lies at most one bucket's width above PFOO-L.
"""

from collections.abc import Sequence

import numpy as np

from pantler.simulator.bounds.pfoo import reuses, smallest_sizes
from pantler.traces.tally import widened
from pantler.traces.trace import Floats, Integers, Trace

_BUCKETS = 1 << 16
_PER_OCTAVE = 256


class PfooParts:
    """The bound at each of `capacities`, bytes."""

    def __init__(self, capacities: Sequence[int]) -> None:
        self._capacities = capacities
        self._values = np.zeros((len(capacities), _BUCKETS))
        self._weights = np.zeros((len(capacities), _BUCKETS))
        self.reused = 0.0  # the cost that every request but the first of each key has
        self._last: Integers = np.zeros(0, np.int64)  # one past the place of each id's last request, 0 before its first
        self._least: Integers = np.zeros(0, np.int64)  # the smallest size of each id so far

    def add(self, part: Trace, places: Integers, stands_for: Floats | None = None) -> None:
        """The next requests in order, by the costs of the first column.

        `places`, int64 (n,) from 0, are theirs in the whole trace; `stands_for`, float64 (n,), says how many keys each
        key stands for in a sample.
        """
        self._last, self._least = widened(self._last, part.distinct), widened(self._least, part.distinct)
        before, sizes = self._before(part, places)
        reused = before >= 0
        many = 1.0 if stands_for is None else stands_for[reused]
        sizes, lengths = sizes[reused], (places - before)[reused]
        self._count(part.costs[reused, 0] * many, sizes * many * lengths, sizes)
        self._last[part.ids] = places + 1

    def saved(self, requests: int) -> list[float]:
        """The cost that no policy's savings exceed at each capacity, over so many requests in all."""
        pairs = zip(self._capacities, self._values, self._weights, strict=True)
        return [_kept(values[::-1], weights[::-1], float(capacity) * requests) for capacity, values, weights in pairs]

    def _before(self, part: Trace, places: Integers) -> tuple[Integers, Integers]:
        """The place of the request before each for the same key, -1 without one, with its smallest size by then."""
        before, sizes = self._last[part.ids] - 1, self._least[part.ids]
        smallest = smallest_sizes(part, self._least)
        earlier, later = reuses(part.ids)
        before[later], sizes[later] = places[earlier], smallest[earlier]
        return before, sizes

    def _count(self, values: Floats, weights: Floats, sizes: Integers) -> None:
        self.reused += float(values.sum())
        with np.errstate(divide="ignore"):
            octaves = np.log2(values / weights)
        buckets = np.clip(_BUCKETS / 2 + octaves * _PER_OCTAVE, 0, _BUCKETS - 1).astype(np.int64)
        for number, capacity in enumerate(self._capacities):
            fits = (sizes <= capacity) & (values > 0)
            self._values[number] += np.bincount(buckets[fits], values[fits], _BUCKETS)
            self._weights[number] += np.bincount(buckets[fits], weights[fits], _BUCKETS)


def _kept(values: Floats, weights: Floats, budget: float) -> float:
    taken = np.cumsum(weights)
    whole = int(np.searchsorted(taken, budget, side="right"))
    value = float(values[:whole].sum())
    if whole == len(values):
        return value
    share = (budget - (taken[whole - 1] if whole else 0.0)) / weights[whole]
    return value + float(values[whole] * min(1.0, share * 2 ** (1 / _PER_OCTAVE)))
