"""The columns that a kernel reads."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, UnknownPart
from pantler.traces.trace import Trace


class Requests(NamedTuple):
    """n requests: dense ids, raw keys, the cost of a miss, the size to rank by, the bytes taken.

    int32, uint64, float64, int64, int64, each (n,).
    """

    ids: Any
    keys: Any
    costs: Any
    sizes: Any
    occupied: Any


def requests_of(trace: Trace, costs: int | str, occupied: NDArray[np.int64] | None = None) -> Requests:
    """A trace's columns, with the one cost column that `cost_column` chooses."""
    return Requests(
        ids=trace.ids,
        keys=trace.ids.astype(np.uint64) if trace.keys is None else trace.keys,
        costs=cost_column(trace, costs),
        sizes=trace.sizes,
        occupied=trace.sizes if occupied is None else occupied,
    )


def cost_column(trace: Trace, costs: int | str) -> NDArray[np.float64]:
    """float64 (n,): what missing each request costs under the model numbered or named `costs`, or under the "best".

    Raises UnknownPart for a name that is no column, ConfigError for a number that is none.
    """
    if costs == "best":
        return trace.costs.min(axis=1)  # type: ignore[no-any-return]
    if isinstance(costs, str):
        if costs not in trace.cost_names:
            raise UnknownPart("cost column", costs, {"best", *trace.cost_names})
        costs = trace.cost_names.index(costs)
    if not 0 <= costs < trace.costs.shape[1]:
        raise ConfigError(f"cost column {costs}: the trace has {trace.costs.shape[1]}, numbered from 0")
    return np.ascontiguousarray(trace.costs[:, costs])
