"""Logistic regression on the vector of a query and how it looks.

log-odds_m = b_m + v . w_m + s . u_m, s the surface's numbers, centred and scaled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Vectors:
    """`weights` (dimensions, models); `centre` and `scale` are those of the surface, `surface` its weights."""

    weights: Array
    centre: Array
    scale: Array
    surface: Array
    bias: Array

    def wrong(self, traits: Traits) -> Array:
        odds = traits.vector @ self.weights + (traits.surface - self.centre) / self.scale @ self.surface + self.bias
        chance: Array = 1.0 / (1.0 + np.exp(-odds))
        return chance
