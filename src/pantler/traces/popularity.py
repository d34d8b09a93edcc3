"""Which key each request asks for: ranks drawn from a law, keys that hold the ranks in turn.

Zipf:  P(rank i) = i^-alpha / sum j^-alpha, i from 1.
Power: P(rank i) = (i/Q)^alpha - ((i-1)/Q)^alpha, Zhu et al. 2023's numpy power(alpha); smaller alpha is more skewed.
"""

import numpy as np
from numpy.typing import NDArray

from pantler.traces.spec import Spec


def zipf(keys: int, alpha: float) -> NDArray[np.float64]:
    """float64 (keys,): the cumulated popularity of ranks 1 to `keys`."""
    return _cumulated(np.arange(1, keys + 1, dtype=np.float64) ** -alpha)


def power(keys: int, alpha: float) -> NDArray[np.float64]:
    """float64 (keys,): the cumulated popularity of ranks 1 to `keys`, most popular first."""
    steps = np.diff((np.arange(keys + 1) / keys) ** alpha)
    return _cumulated(np.sort(steps)[::-1])


def draw_ranks(cumulated: NDArray[np.float64], requests: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64 (requests,): independent ranks from 0."""
    return np.searchsorted(cumulated, rng.random(requests), side="right")


def keys_of_ranks(ranks: NDArray[np.int64], spec: Spec, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64 (requests,): the number from 0 of the key that holds each rank at its time."""
    if not spec.drift:
        return ranks
    holder = np.arange(spec.keys)
    moved = round(spec.drift * spec.keys)
    held = np.empty_like(ranks)
    for start in range(0, len(ranks), spec.epoch):
        held[start : start + spec.epoch] = holder[ranks[start : start + spec.epoch]]
        swapped = rng.choice(spec.keys, moved, replace=False, shuffle=False)
        holder[swapped] = holder[rng.permutation(swapped)]
    return held


def flooded(numbers: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """The same requests, of which a share asks for keys that nobody asks for again."""
    if not share:
        return numbers
    is_once = rng.random(len(numbers)) < share
    flood = numbers.copy()
    flood[is_once] = numbers.max() + 1 + np.arange(is_once.sum())
    return flood


def _cumulated(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulated = np.cumsum(weights)
    cumulated /= cumulated[-1]
    return cumulated
