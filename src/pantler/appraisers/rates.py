"""How often each model was wrong on the kind of query at hand, leaning on its rate over all of them.

    prior_cm = expit(logit e_m + logit g_c - logit g)        e_m, g_c, g: the rates of model, category, all
    rate_cm  = (k prior_cm + sum of labels) / (k + their number)

g_c leans on g likewise, so that a category without labels is as hard as all of them. A query's category is the centre
that is nearest to its vector.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits

Array = NDArray[np.float32]
LEAST = 1e-3


@dataclass(frozen=True)
class Rates:
    """`centres` (categories, dimensions); `rates` (categories, models), as `pooled` makes them."""

    centres: Array
    rates: Array

    def wrong(self, traits: Traits) -> Array:
        chance: Array = self.rates[int(np.argmax(self.centres @ traits.vector))]
        return chance


def pooled(labels: Array, categories: NDArray[np.intp], count: int, strength: float) -> Array:
    """(count, models): the rates of labels (n, models), whose rows are in these categories; `strength` is k."""
    number = np.bincount(categories, minlength=count)[:, None]
    sums = np.zeros((count, labels.shape[1]))
    np.add.at(sums, categories, labels)
    of_model = labels.mean(axis=0, dtype=float)
    of_all = of_model.mean()
    of_category = (strength * of_all + sums.mean(axis=1, keepdims=True)) / (strength + number)
    odds = _odds(of_model) + _odds(of_category) - _odds(of_all)
    rates = (strength / (1.0 + np.exp(-odds)) + sums) / (strength + number)
    return rates.astype(np.float32)


def _odds(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(chance, LEAST, 1.0 - LEAST)
    found: NDArray[np.float64] = np.log(kept / (1.0 - kept))
    return found
