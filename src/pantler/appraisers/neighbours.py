"""How often each model was wrong on the nearest queries of which that is known.

    wrong_m = (k e_m + sum_i s_i y_im) / (k + sum_i s_i),    s_i = exp((cos_i - cos_1) / temperature)

y_im is the label of the i-th nearest, e_m the model's rate over all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.edges import Index
from pantler.core.traits import Traits

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Neighbours:
    """`index` finds rows of `labels` (n, models) by vector, its keys; `strength` is k."""

    index: Index
    labels: Array
    rates: Array
    count: int = 100
    temperature: float = 0.3
    strength: float = 10.0

    def wrong(self, traits: Traits) -> Array:
        found = self.index.search(traits.vector, self.count)
        if not found:
            return self.rates
        rows, cosines = zip(*found, strict=True)
        near = np.array(cosines, np.float32)
        shares = np.exp((near - near[0]) / np.float32(self.temperature))
        labels = self.labels[np.array(rows, np.intp)]
        chance: Array = (self.strength * self.rates + shares @ labels) / (self.strength + float(shares.sum()))
        return chance
