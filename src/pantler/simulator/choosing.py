"""A multiplexer's choice for every request of a trace, where it depends on the key alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.cache import Cache
from pantler.core.errors import ConfigError, OutcomeError
from pantler.core.seams import Multiplexer
from pantler.core.types import Miss, Query, Serve
from pantler.multiplexers.oracle import Oracle
from pantler.multiplexers.plugin import PlugIn
from pantler.policies.lru import LRU
from pantler.simulator.kernels.requests import Requests, requests_of
from pantler.traces.trace import Trace

FIXED = (Oracle, PlugIn)


@dataclass(frozen=True, eq=False)
class Bill:
    """The requests at the cost that ranks them, with what a miss pays and what the cheapest model asks, (n,) each."""

    ranked: Requests
    paid: NDArray[np.float64]
    least: NDArray[np.float64]

    def saved(self, is_hit: NDArray[np.bool_]) -> float:
        """Cost saved against missing every request under its cheapest model; negative where more was paid."""
        return float(self.least.sum() - self.paid[~is_hit].sum())


def chosen(trace: Trace, multiplexer: Multiplexer) -> Bill:
    """What each request ranks by and pays.

    Raises ConfigError for a multiplexer that learns as it goes, OutcomeError where its plan is not one of the trace's
    cost columns.
    """
    if not isinstance(multiplexer, FIXED):
        name = type(multiplexer).__name__
        raise ConfigError(
            f"{name} learns from every call, and so runs in replay only; the sweep takes oracle or plugin"
        )
    requests = requests_of(trace, 0)
    ids, first, place = np.unique(trace.ids, return_index=True, return_inverse=True)
    nothing = Cache(LRU().ranking(), 1)
    columns, saved = np.empty(len(ids), np.int64), np.empty(len(ids))
    for number, key in enumerate(requests.keys[first].tolist()):
        models = multiplexer.choose(Miss(Query(key)), nothing).plan.models
        if len(models) != 1 or models[0] not in trace.cost_names:
            raise OutcomeError(
                f"the trace does not say what asking {' then '.join(models)} costs; "
                f"its cost columns are {', '.join(trace.cost_names)}"
            )
        columns[number] = trace.cost_names.index(models[0])
        saved[number] = multiplexer.revalue(Serve(Query(key), models[0], 0.0))
    paid = trace.costs[np.arange(len(trace)), columns[place]]
    return Bill(requests._replace(costs=saved[place]), paid, trace.costs.min(axis=1))
