"""How sure the measures of a curve are: 95 % intervals over queries drawn again with replacement.

A draw in which a share of the best model's score is never reached counts as endless cost there.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.evaluation.curve import Point, Singles, cost_at, hull
from pantler.simulator.evaluation.sweeping import Sweep, area
from pantler.traces.outcomes import Outcomes

RESAMPLES = 400
Array = NDArray[np.float64]
Interval = tuple[float, float]


def drawn(test: Outcomes, seed: int = 0) -> Iterator[tuple[Singles, Array]]:
    """The single models and the queries' shares (n,) in each draw that leaves something to choose."""
    rng, count = np.random.default_rng(seed), len(test)
    for _ in range(RESAMPLES):
        shares = rng.multinomial(count, np.full(count, 1.0 / count)) / count
        single = Singles(shares @ test.costs, shares @ test.scores)
        if single.cheapest != single.best:
            yield single, shares


def gain(sweep: Sweep, mix: Sweep, test: Outcomes, seed: int = 0) -> Interval:
    """Of the AIQ over that of `mix`, both over the same draws."""
    if sweep is mix:
        return 0.0, 0.0
    return _between([area(sweep, single, shares) - area(mix, single, shares) for single, shares in drawn(test, seed)])


def curve_intervals(sweep: Sweep, test: Outcomes, seed: int = 0) -> dict[str, Interval]:
    """Of the AIQ, and of the cost at 98 and at 100 % of the best model's score as a share of its cost."""
    found: dict[str, list[float]] = {"aiq": [], "c98": [], "c100": []}
    for single, shares in drawn(test, seed):
        best = single.point(single.best)
        corners = hull([*sweep.points(shares), single.point(single.cheapest)])
        found["aiq"].append(area(sweep, single, shares))
        for name, share in (("c98", 0.98), ("c100", 1.0)):
            found[name].append(_relative(corners, share, best))
    return {name: _between(each) for name, each in found.items()}


def _relative(corners: list[Point], share: float, best: Point) -> float:
    cost = cost_at(corners, share * best[1])
    return np.inf if cost is None else cost / best[0]


def _between(values: list[float]) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5], method="closest_observation")
    return float(low), float(high)
