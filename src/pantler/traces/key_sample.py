"""What the kept keys of a sampled trace say about the whole.

A sum over all keys is estimated by its Horvitz-Thompson sum over the kept ones, corrected by regression on two sums
that the first pass knows exactly: x1, the value of all requests, x2, that of all but the first for each key.
    Y = sum w_i y_i + B (X - sum w_i x_i),   B minimises sum w_i (w_i - 1) (y_i - B x_i)^2
Variance under independent draws of the keys: sum w_i (w_i - 1) (y_i - B x_i)^2.
(Cochran, Sampling Techniques, chapter 7; Sarndal, Swensson, Wretman, Model Assisted Survey Sampling, chapter 6.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.traces.trace import Floats, Integers, Trace


@dataclass(frozen=True)
class Estimate:
    """A ratio of the whole trace as a sample shows it, with its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True, eq=False, kw_only=True)
class KeySample:
    """The requests for the kept keys, to simulate in a cache of the whole trace's capacity.

    trace           the kept requests in order, ids dense again; rank by its sizes and costs, which are the true ones
    occupied        int64 (len(trace),), bytes that an answer takes in the simulated cache: size / p
    chances         float64 (trace.distinct,), the chance p with which each kept key was kept
    requests        how many requests the whole trace has
    distinct        how many keys
    footprint       how many bytes for all keys
    total_costs     float64 (K,), what missing every request costs
    repeated_costs  float64 (K,), what missing every request but the first of each key costs
    """

    trace: Trace
    occupied: Integers
    chances: Floats
    requests: int
    distinct: int
    footprint: int
    total_costs: Floats
    repeated_costs: Floats

    def cost_saved(self, is_hit: NDArray[np.bool_], *, column: int = 0) -> Estimate:
        """The share of the whole trace's cost that hits save; `is_hit` (len(trace),) says which kept requests hit.

        The standard error is that of drawing keys. Another draw would also have filled the cache otherwise, which it
        does not see: the error we measured is 1 to 2.5 times as large.
        """
        known = np.array([self.total_costs[column], self.repeated_costs[column]])
        return self._share(self.trace.costs[:, column], is_hit, known)

    def hit_ratio(self, is_hit: NDArray[np.bool_]) -> Estimate:
        """The share of the whole trace's requests that hit, with a standard error as in `cost_saved`."""
        known = np.array([self.requests, self.requests - self.distinct], np.float64)
        return self._share(np.ones(len(self.trace)), is_hit, known)

    def _share(self, value: Floats, is_hit: NDArray[np.bool_], known: Floats) -> Estimate:
        keys = self.trace.distinct
        whole = np.bincount(self.trace.ids, value, keys)
        hit = np.bincount(self.trace.ids, value * is_hit, keys).astype(np.float64)
        first = np.zeros(keys)
        first[self.trace.ids[::-1]] = value[::-1]
        return estimated(hit, np.column_stack([whole, whole - first]), self.chances, known)


def estimated(hit: Floats, regressors: Floats, chances: Floats, known: Floats) -> Estimate:
    """The share of known[0] that hits have.

    hit          float64 (keys,), the value that hits have of each kept key
    regressors   float64 (keys, 2), the value of all its requests, that of all but the first
    chances      float64 (keys,), the chance with which each kept key was kept
    known        float64 (2,), both regressors summed over all keys, kept or not
    """
    weights = 1 / chances
    spread = weights * (weights - 1)
    weighted = regressors.T * spread
    slope = np.linalg.lstsq(weighted @ regressors, weighted @ hit)[0]
    total = weights @ hit + (known - weights @ regressors) @ slope
    variance = spread @ (hit - regressors @ slope) ** 2
    return Estimate(float(total / known[0]), float(np.sqrt(variance) / known[0]))
