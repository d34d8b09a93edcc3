"""Belady with costs: what is worth least per byte and request until its next use goes first.

The worth c / (s x time to next use) of two answers may change places while both stay, so that no heap is exact; the
least of 64 random residents goes, by a fixed seed. A newcomer that is worth less, or never comes again, is not kept.
A policy that knows the future, so below the bound: how near shows how tight the bound is.
"""

from collections.abc import Sequence

import numpy as np

from pantler.simulator.kernels import belady as template
from pantler.simulator.kernels.requests import requests_of
from pantler.simulator.kernels.specialise import specialised
from pantler.traces.trace import Trace

_SEED = 88172645463325252  # of the xorshift generator, any number but 0 (Marsaglia 2003)


def belady(trace: Trace, capacities: Sequence[int], *, costs: int | str = 0) -> list[float]:
    """The share of cost, 0..1, that this policy saves at each capacity in bytes."""
    requests = requests_of(trace, costs)
    uses = np.empty(len(trace), np.int64)
    coming = np.full(trace.distinct, template.NEVER)
    specialised(template.next_uses, {})(trace.ids, coming, uses)
    run = specialised(template.belady, {})
    total = float(requests.costs.sum())
    shares = []
    for capacity in capacities:
        residents = template.Residents(
            records=np.zeros(trace.distinct, template.RESIDENT),
            places=np.zeros(trace.distinct, np.int32),
            status=np.array([0, 0, _SEED], np.int64),
        )
        hits = np.empty(len(trace), np.bool_)
        run(requests, uses, residents, hits, capacity)
        shares.append(float(requests.costs @ hits) / total if total else 0.0)
    return shares
