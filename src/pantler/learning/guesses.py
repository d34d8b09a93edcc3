"""How likely a model is to be wrong, guessed from prices before it has answered anything.

    newcomer       z = sum_i s_i z_i / sum_i s_i,      s_i = exp(-|log(price / price_i)| / WIDTH)
    from nothing   z = logit(WRONG) + STEP max(0, log(price of the reference / price))

z are log-odds, z_i those of the models that are known, at the query at hand: its siblings are those of its price.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WIDTH = 0.5
WRONG = 0.3
STEP = 0.3
LEAST_PRICE = 1e-3  # so that a free model has a logarithm


def by_siblings(odds: Array, prices: Sequence[float] | Array, price: float) -> float:
    """The log-odds of a newcomer, by those of the known models and what a call of each is expected to cost."""
    apart = np.abs(np.log(np.maximum(prices, LEAST_PRICE) / max(price, LEAST_PRICE)))
    shares = np.exp(-(apart - apart.min()) / WIDTH)
    return float(shares @ odds / shares.sum())


def by_tiers(prices: Sequence[float], reference: int) -> Array:
    """The chances of all models, before anything was heard of any; `reference` is the place of that model."""
    logs = np.log(np.maximum(prices, LEAST_PRICE))
    odds = np.log(WRONG / (1.0 - WRONG)) + STEP * np.maximum(0.0, logs[reference] - logs)
    chances: Array = 1.0 / (1.0 + np.exp(-odds))
    return chances
