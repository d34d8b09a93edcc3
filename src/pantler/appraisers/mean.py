"""The mean in log-odds of appraisers that fail differently, calibrated for each model.

    odds_m = e_m + sum_k w_k (odds_km - e_m),    wrong_m = rising_m(odds_m)

e_m is the model's rate over all, which stands alone where the weights are 0; rising_m goes straight between points
that isotonic regression has found, and is held at its ends.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pantler.core.seams import Appraiser
from pantler.core.traits import Traits

Array = NDArray[np.float32]
LEAST = np.float32(1e-3)
MOST = np.float32(1.0) - LEAST


@dataclass(frozen=True)
class Mean:
    """`parts` in the order of `weights`; `rates` (models,); `curves` a model's ascending (odds, chances) each."""

    parts: Sequence[Appraiser]
    weights: Array
    rates: Array
    curves: Sequence[tuple[Array, Array]] = ()

    def wrong(self, traits: Traits) -> Array:
        base = self._base
        said = odds(np.array([part.wrong(traits) for part in self.parts], np.float32))
        total = base + self.weights @ (said - base) if self.parts else base
        if not self.curves:
            return (1.0 / (1.0 + np.exp(-total))).astype(np.float32)
        pairs = zip(total.tolist(), self._corners, strict=True)
        return np.array([_between(one, *corners) for one, corners in pairs], np.float32)

    @cached_property
    def _base(self) -> Array:
        """The log-odds of the rates."""
        return odds(self.rates)

    @cached_property
    def _corners(self) -> list[tuple[list[float], list[float]]]:
        """The curves' points, as they are gone through one query at a time."""
        return [(at.tolist(), chances.tolist()) for at, chances in self.curves]


def _between(one: float, at: list[float], chances: list[float]) -> float:
    """What `numpy.interp` finds, without what it takes to make arrays of one number."""
    place = bisect_right(at, one)
    if not 0 < place < len(at):
        return chances[0 if place == 0 else -1]
    share = (one - at[place - 1]) / (at[place] - at[place - 1])
    return chances[place - 1] + share * (chances[place] - chances[place - 1])


def odds(chance: Array) -> Array:
    """The logarithm of p to 1 - p, p kept away from 0 and 1."""
    kept = np.minimum(np.maximum(chance, LEAST), MOST)
    found: Array = np.log(kept / (1.0 - kept))
    return found
