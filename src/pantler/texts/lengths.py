"""How many tokens each model answers a query with, by a line over the query's vector and how it looks.

tokens_m = max(1, b_m + x . w_m),    x: vector and surface, centred and scaled
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Lengths:
    """`weights` (numbers, models), `bias` (models,); `centre` and `scale` (numbers,)."""

    weights: Array
    bias: Array
    centre: Array
    scale: Array

    def tokens(self, traits: Sequence[Traits]) -> NDArray[np.float64]:
        """(queries, models)."""
        line = (numbers(traits) - self.centre) / self.scale @ self.weights + self.bias
        found: NDArray[np.float64] = np.maximum(line, 1.0).astype(float)
        return found


def numbers(traits: Sequence[Traits]) -> Array:
    """float32 (queries, numbers): what the line goes over."""
    found: Array = np.stack([np.concatenate([each.vector, each.surface]) for each in traits]).astype(np.float32)
    return found
