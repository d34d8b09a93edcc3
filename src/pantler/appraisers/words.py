"""Logistic regression on the words of a query and how it looks.

    log-odds_m = b_m + sum_j x_j w_jm + s . v_m,    x_j = idf_j / sqrt(sum of idf^2 over the query's words)

s are the surface's numbers, centred and scaled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Words:
    """`rarity` is the idf of each place, 0 for words that training did not know; `weights` (places, models).

    `centre` and `scale` are those of the surface, `surface` (numbers, models) its weights, `bias` (models,).
    """

    rarity: Array
    weights: Array
    centre: Array
    scale: Array
    surface: Array
    bias: Array

    def wrong(self, traits: Traits) -> Array:
        rarity = self.rarity[traits.words]
        norm = float(np.sqrt(rarity @ rarity)) or 1.0
        odds = rarity @ self.weights[traits.words] / np.float32(norm)
        odds += (traits.surface - self.centre) / self.scale @ self.surface + self.bias
        chance: Array = 1.0 / (1.0 + np.exp(-odds))
        return chance
