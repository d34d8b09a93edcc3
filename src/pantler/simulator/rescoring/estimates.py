"""What another choice would have brought, estimated from what came of the choices that were made.

    w_i              1{chosen_i = taken_i} / propensity_i, at most CLIP
    self-normalised  sum w_i y_i / sum w_i
    doubly robust    mean of q(chosen_i) + w_i (y_i - q(taken_i)),   q being what was expected at the time
    effective        (sum w_i)^2 / sum w_i^2

Intervals are of the 2.5th to the 97.5th percentile over resampled decisions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.rescoring.choosing import Choice
from pantler.simulator.rescoring.logged import Logged

Array = NDArray[np.float64]
CLIP = 20.0
LEAST_EFFECTIVE = 50.0
LEAST_POSSIBLE = 0.95  # share of decisions at which what is chosen had a chance of being asked
DRAWS = 500
MEASURES = ("price", "latency", "wrong")


@dataclass(frozen=True)
class Estimate:
    """Of one measure's mean, both ways with intervals, over `decisions` of which it is known."""

    measure: str
    decisions: int
    effective: float
    ips: float
    ips_low: float
    ips_high: float
    doubly_robust: float
    low: float
    high: float


@dataclass(frozen=True)
class Rescored:
    """A choice at n decisions: weights (n,); of each measure what came and the doubly robust parts, NaN if unknown."""

    weights: Array
    clipped: int
    possible: float
    came: Array  # (measures, n)
    parts: Array  # (measures, n)
    rated: NDArray[np.bool_]

    def known(self, measure: str) -> NDArray[np.bool_]:
        """Where a measure is known of what was asked."""
        found: NDArray[np.bool_] = np.isfinite(self.parts[MEASURES.index(measure)])
        return found

    def effective(self, measure: str = "price") -> float:
        """How many decisions those that are known are worth."""
        weights = self.weights[self.known(measure)]
        return float(weights.sum() ** 2 / max(float(weights @ weights), 1e-300))

    def lacking(self, measure: str = "price") -> str:
        """Why the choices that were made tell too little of a measure of these; empty where they tell enough."""
        worth = self.effective(measure)
        if self.possible < LEAST_POSSIBLE:
            return (
                f"at {self.possible:.1%} of the decisions what is chosen had a chance of being asked,"
                f" {LEAST_POSSIBLE:.0%} are needed; let the route try more, with exploration"
            )
        if worth < LEAST_EFFECTIVE:
            return (
                f"the decisions of which the {measure} is known are worth {worth:.1f} of this choice's own,"
                f" {LEAST_EFFECTIVE:.0f} are needed; collect more, or let the route try more"
            )
        return ""


def rescored(logged: Sequence[Logged], choose: Choice) -> Rescored:
    """Weights and parts of every decision; where the plan was never weighed nothing is known."""
    count = len(logged)
    weights, raw = np.zeros(count), np.zeros(count)
    came, parts = np.full((3, count), np.nan), np.full((3, count), np.nan)
    possible = 0
    for row, one in enumerate(logged):
        place = choose(one)
        if place is None:
            continue
        chosen, taken = one.candidates[place], one.candidates[one.taken]
        possible += chosen.propensity > 0.0
        raw[row] = 1.0 / taken.propensity if place == one.taken else 0.0
        weights[row] = min(CLIP, raw[row])
        came[:, row] = one.price, one.seconds, np.nan if one.wrong is None else one.wrong
        expected = [np.array([each.price or 0.0, each.latency_seconds or 0.0, each.wrong]) for each in (chosen, taken)]
        parts[:, row] = expected[0] + weights[row] * (came[:, row] - expected[1])
    rated = np.array([one.wrong is not None for one in logged])
    return Rescored(weights, int((raw > CLIP).sum()), possible / count, came, parts, rated)


def estimates(found: Rescored, seed: int = 0) -> list[Estimate]:
    """Of each measure for which enough is known."""
    return [_estimate(found, each, seed) for each in MEASURES if found.effective(each) >= LEAST_EFFECTIVE]


def resamples(count: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Rows drawn with replacement, DRAWS times."""
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield rng.integers(0, count, count)


def _estimate(found: Rescored, measure: str, seed: int) -> Estimate:
    known, row = found.known(measure), MEASURES.index(measure)
    weights, came, parts = found.weights[known], found.came[row, known], found.parts[row, known]
    weighed = weights * came
    ips, robust = [], []
    for drawn in resamples(len(parts), seed):
        ips.append(weighed[drawn].sum() / max(weights[drawn].sum(), 1e-300))
        robust.append(parts[drawn].mean())
    (ips_low, ips_high), (low, high) = (np.percentile(each, [2.5, 97.5]).tolist() for each in (ips, robust))
    return Estimate(
        measure=measure,
        decisions=int(known.sum()),
        effective=found.effective(measure),
        ips=float(weighed.sum() / weights.sum()),
        ips_low=ips_low,
        ips_high=ips_high,
        doubly_robust=float(parts.mean()),
        low=low,
        high=high,
    )
