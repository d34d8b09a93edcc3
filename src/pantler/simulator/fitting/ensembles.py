"""Which cheap models to ask together, whose agreement stops a cascade, at one price of a wrong answer.

gain = cost of the best direct call - cost of the better of that and the cascade,    cost = price + V (1 - score)

query by query, each half of the queries by what was fitted to the other.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.evaluation.cascading import Table, direct, least
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.fitting.agreement import agreement
from pantler.simulator.rescoring.estimates import resamples

Array = NDArray[np.float64]
Tiers = tuple[tuple[int, ...], ...]


def tiers(table: Table, value: float) -> Tiers:
    """The places of a pair, then of who is asked where it differs; none where no pair is sure to gain."""
    single = singles(table.scores, table.costs)
    mean = table.costs.mean(axis=0)
    cheap = [int(place) for place in np.argsort(mean, kind="stable") if mean[place] < mean[single.best]]
    if not (table.answers != "").any():
        return ()
    gains = {pair: _gains((*pair, -1), table, value) for pair in combinations(cheap, 2)}
    if not gains:
        return ()
    best = max(gains, key=lambda pair: float(gains[pair].mean()))
    low = np.percentile([float(gains[best][drawn].mean()) for drawn in resamples(len(table), 0)], 2.5)
    return (best, (single.best,)) if low > 0.0 else ()


def _gains(asked: tuple[int, int, int], table: Table, value: float) -> Array:
    """(n,): what the pair saves beside direct calls at each query."""
    halves = [np.arange(half, len(table), 2) for half in (0, 1)]
    found = np.zeros(len(table))
    for fitted, held in (halves, halves[::-1]):
        known, asks = table.rows(fitted), table.rows(held)
        plan = agreement(asked, known.answers, known.odds, 1.0 - known.scores)
        alone, beside = direct(asks, value), least([plan], asks, value)
        found[held] = (alone.cost - value * alone.score) - (beside.cost - value * beside.score)
    return found
