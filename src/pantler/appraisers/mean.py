"""The mean in log-odds of appraisers that fail differently, calibrated for each model.

    odds_m = e_m + sum_k w_k (odds_km - e_m),    wrong_m = rising_m(odds_m)

e_m is the model's rate over all, which stands alone where the weights are 0; rising_m goes straight between points
that isotonic regression has found, and is held at its ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.seams import Appraiser
from pantler.core.traits import Traits

Array = NDArray[np.float32]
LEAST = np.float32(1e-3)


@dataclass(frozen=True)
class Mean:
    """`parts` in the order of `weights`; `rates` (models,); `curves` a model's ascending (odds, chances) each."""

    parts: Sequence[Appraiser]
    weights: Array
    rates: Array
    curves: Sequence[tuple[Array, Array]] = ()

    def wrong(self, traits: Traits) -> Array:
        base = odds(self.rates)
        total = (1.0 - float(self.weights.sum())) * base
        for part, weight in zip(self.parts, self.weights, strict=True):
            total = total + weight * odds(part.wrong(traits))
        if not self.curves:
            chance: Array = 1.0 / (1.0 + np.exp(-total))
            return chance
        pairs = zip(total, self.curves, strict=True)
        return np.array([np.interp(one, at, chances) for one, (at, chances) in pairs], np.float32)


def odds(chance: Array) -> Array:
    """The logarithm of p to 1 - p, p kept away from 0 and 1."""
    kept = np.clip(chance, LEAST, 1.0 - LEAST)
    found: Array = np.log(kept / (1.0 - kept))
    return found
