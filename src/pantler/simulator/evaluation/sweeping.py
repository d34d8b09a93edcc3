"""One rule at every price of a wrong answer.

argmin over plans of   expected cost + V P(wrong)

V goes over 120 values from no care at all to nothing but care; the last of them is TOLD times the mean call of the best
model, at which what is paid and risked is reported too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.evaluation.curve import Point, Singles, aiq, hull

Array = NDArray[np.float64]
VALUES = 120
TOLD = 10.0


@dataclass(frozen=True)
class Sweep:
    """What was paid and how good the answers were, float64 (values of V, n) each, in the order of `ladder`."""

    costs: Array
    scores: Array

    def points(self, weights: Array) -> list[Point]:
        """Mean cost and score at each value of V, with each query's share in `weights`."""
        return list(zip((self.costs @ weights).tolist(), (self.scores @ weights).tolist(), strict=True))


def ladder(single: Singles) -> Array:
    """V in the unit of cost, by mean calls of the best model: 0, a thousandth to 100,000 of them, no limit, TOLD."""
    mean = single.point(single.best)[0]
    return np.concatenate([[0.0], np.geomspace(1e-3, 1e5, VALUES - 3), [1e12, TOLD]]) * mean


def swept(expected: Array, wrong: NDArray[np.floating], paid: tuple[Array, Array], prices: Array) -> Sweep:
    """Choose among plans by expected cost and P(wrong), (n, plans); `paid` holds what each costs and scores."""
    costs, scores = paid
    rows = np.arange(len(costs))
    chosen = np.stack([np.argmin(expected + price * wrong, axis=1) for price in prices])
    return Sweep(costs[rows, chosen], scores[rows, chosen])


def area(sweep: Sweep, single: Singles, weights: Array | None = None) -> float:
    """The AIQ of the curve above the points, the cheapest model always among them; each query counts alike if None."""
    count = sweep.costs.shape[1]
    shares = np.full(count, 1.0 / count) if weights is None else weights
    corners = hull([*sweep.points(shares), single.point(single.cheapest)])
    return aiq(corners, single.point(single.cheapest)[0], single.point(single.best)[0])
