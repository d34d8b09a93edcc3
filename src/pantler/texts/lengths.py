"""How many tokens each model answers a query with, by a line over the query's vector and how it looks.

tokens_m = b_m + x . w_m,    x: vector and surface, centred and scaled

Of what lies beyond all that was fitted to a line knows nothing: each number of x is taken as no further out than any
that was seen, and no answer to be shorter or longer than the model's shortest or longest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Lengths:
    """`weights` (numbers, models), `bias` (models,); `centre` and `scale` (numbers,).

    `seen` (2, numbers) are the least and the greatest that it was fitted to, `answered` (2, models) of the tokens out.
    """

    weights: Array
    bias: Array
    centre: Array
    scale: Array
    seen: Array
    answered: Array

    def tokens(self, traits: Sequence[Traits]) -> NDArray[np.float64]:
        """(queries, models)."""
        return self.at(numbers(traits))

    def at(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The same of queries whose `numbers` these are."""
        within = _clipped(points, self.seen)
        line = (within - self.centre) / self.scale @ self.weights + self.bias
        found: NDArray[np.float64] = _clipped(line, self.answered).astype(float)
        return found


def _clipped(points: NDArray[np.floating[Any]], between: Array) -> NDArray[np.floating[Any]]:
    """As `numpy.clip` does, in half the time for one query."""
    least, most = between
    found: NDArray[np.floating[Any]] = np.minimum(np.maximum(points, least), most)
    return found


def numbers(traits: Sequence[Traits]) -> Array:
    """float32 (queries, numbers): what the line goes over."""
    found: Array = np.stack([np.concatenate([each.vector, each.surface]) for each in traits]).astype(np.float32)
    return found
