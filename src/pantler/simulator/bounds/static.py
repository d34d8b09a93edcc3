"""The best set of answers to keep forever, by those who know the whole trace or the true popularity.

The most n c / s goes first (theory 2.7). In the offline optimum the first request for each key is paid.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.bounds.knapsack import by_density, filled
from pantler.simulator.kernels.requests import cost_column
from pantler.traces.trace import Trace


def static_optimum(trace: Trace, capacities: Sequence[int], *, costs: int | str = 0) -> list[float]:
    """The share of cost, 0..1, that the best fixed set saves at each capacity in bytes, one answer perhaps in part."""
    column = cost_column(trace, costs)
    saved = np.bincount(trace.ids, column, trace.distinct) - _first_costs(trace, column)
    total = float(column.sum())
    kept = fixed_savings(saved, trace.key_sizes, capacities)
    return [saving / total if total else 0.0 for saving in kept]


def fixed_savings(saved: NDArray[np.float64], key_sizes: NDArray[np.int64], capacities: Sequence[int]) -> list[float]:
    """The cost that the best fixed set saves at each capacity; keeping a key saves `saved`, float64 (keys,)."""
    sizes = key_sizes.astype(np.float64)
    order = by_density(saved, sizes)
    sizes, saved = sizes[order], saved[order]
    kept = []
    for capacity in capacities:
        fits = sizes <= capacity
        kept.append(filled(saved[fits], sizes[fits], float(capacity)))
    return kept


def fixed_set(worth: NDArray[np.float64], sizes: NDArray[np.int64], capacity: int) -> NDArray[np.bool_]:
    """Which keys to keep forever, bool (keys,): most worth / size first, so long as they fit whole.

    `worth` is float64 (keys,), a key's true popularity times its cost.
    """
    order = by_density(worth, sizes.astype(np.float64))
    chosen = np.zeros(len(worth), np.bool_)
    chosen[order[np.cumsum(sizes[order]) <= capacity]] = True
    return chosen


def _first_costs(trace: Trace, column: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the first request for each key costs, float64 (distinct,)."""
    first = np.zeros(trace.distinct)
    first[trace.ids[::-1]] = column[::-1]
    return first
