"""Quality over cost: what a multiplexer reaches as the price of a wrong answer rises.

The curve is the upper hull of the (mean cost, mean score) of its settings, the cheapest model always among them, and
never falls. AIQ is its mean height between the costs of the cheapest and of the best single model; APGR is AIQ on the
scale where the cheapest model's score is 0 and the best one's 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError

Point = tuple[float, float]  # mean cost, mean score


@dataclass(frozen=True)
class Singles:
    """The cheapest model and the one of the best mean score, the cheaper of equals, by their places in the pool."""

    costs: NDArray[np.float64]
    scores: NDArray[np.float64]

    @property
    def cheapest(self) -> int:
        return min(range(len(self.costs)), key=lambda model: (self.costs[model], -self.scores[model]))

    @property
    def best(self) -> int:
        return min(range(len(self.costs)), key=lambda model: (-self.scores[model], self.costs[model]))

    def point(self, model: int) -> Point:
        """Its mean cost and score."""
        return float(self.costs[model]), float(self.scores[model])


def singles(scores: NDArray[np.float64], costs: NDArray[np.float64]) -> Singles:
    """Each model asked for every query: float64 (n, m) to (m,)."""
    if costs.shape[1] < 2:
        raise TraceError("there is one model only: nothing to choose; give outcomes of two or more, or a wider --pool")
    found = Singles(costs.mean(axis=0), scores.mean(axis=0))
    if found.cheapest == found.best:
        raise TraceError("the cheapest model is also the best: there is nothing to choose; name another --pool")
    return found


def hull(points: Iterable[Point]) -> list[Point]:
    """The corners of the concave curve above all points that never falls, from the cheapest on."""
    corners: list[Point] = []
    for cost, score in sorted(points, key=lambda point: (point[0], -point[1])):
        if corners and score <= corners[-1][1]:
            continue
        while len(corners) >= 2 and _slope(corners[-2], corners[-1]) <= _slope(corners[-2], (cost, score)):
            corners.pop()
        corners.append((cost, score))
    return corners


def _slope(left: Point, right: Point) -> float:
    return (right[1] - left[1]) / (right[0] - left[0])


def aiq(corners: list[Point], low: float, high: float) -> float:
    """Mean height of the curve over the costs from `low` to `high`, flat beyond its last corner."""
    ends = sorted({low, high, *(cost for cost, _ in corners if low < cost < high)})
    heights = [height(corners, cost) for cost in ends]
    area = sum(
        (right - left) * (lower + upper) / 2.0
        for (left, right), (lower, upper) in zip(pairwise(ends), pairwise(heights), strict=True)
    )
    return area / (high - low)


def height(corners: list[Point], cost: float) -> float:
    """What the curve reaches at a cost."""
    return float(np.interp(cost, [corner[0] for corner in corners], [corner[1] for corner in corners]))


def apgr(area: float, single: Singles) -> float:
    """The AIQ as a share of the way from the cheapest model's score to the best one's."""
    low, high = single.point(single.cheapest)[1], single.point(single.best)[1]
    return (area - low) / (high - low)


def cost_at(corners: list[Point], score: float) -> float | None:
    """The least cost at which the curve reaches a score; None where it never does."""
    if corners[0][1] >= score:
        return corners[0][0]
    for left, right in pairwise(corners):
        if right[1] >= score:
            return left[0] + (score - left[1]) / _slope(left, right)
    return None
