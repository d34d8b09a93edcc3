"""PFOO-L weighted by cost: an upper bound for every policy (Berger, Beckmann, Harchol-Balter 2018).

Keeping an answer from one request for its key to the next saves c and takes s bytes for so many requests. The intervals
of most c / (s x length) are kept until together they take capacity x requests, though not at every moment at most the
capacity: that is what makes it a bound. Where sizes differ between requests for a key, a policy may have kept the
smallest answer so far, so that s is its size.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.bounds.knapsack import by_density, filled
from pantler.simulator.kernels.requests import cost_column
from pantler.simulator.kernels.smallest import smallest_so_far
from pantler.simulator.kernels.specialise import specialised
from pantler.traces.trace import Trace


def pfoo(trace: Trace, capacities: Sequence[int], *, costs: int | str = 0) -> list[float]:
    """The share of cost saved, 0..1, that no policy exceeds at each capacity in bytes."""
    column = cost_column(trace, costs)
    first, again = reuses(trace.ids)
    smallest = smallest_sizes(trace, np.zeros(trace.distinct, np.int64))
    sizes, saved = smallest[first].astype(np.float64), column[again]
    order = by_density(saved, sizes * (again - first))
    sizes, saved, lengths = sizes[order], saved[order], (again - first)[order]
    total = float(column.sum())
    bounds = []
    for capacity in capacities:
        fits = sizes <= capacity
        kept = filled(saved[fits], (sizes * lengths)[fits], float(capacity) * len(trace))
        bounds.append(kept / total if total else 0.0)
    return bounds


def reuses(ids: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of every two requests for one key without another between them, both int64."""
    order = np.argsort(ids, kind="stable")
    is_same = ids[order[1:]] == ids[order[:-1]]
    return order[:-1][is_same], order[1:][is_same]


def smallest_sizes(trace: Trace, least: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest size up to each request that its key has had; `least`, by id and 0 for none, is carried on."""
    smallest = np.empty(len(trace), np.int64)
    specialised(smallest_so_far, {})(trace.ids, trace.sizes, least, smallest)
    return smallest
