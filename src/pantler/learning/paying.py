"""Whom to ask beside whoever has answered, by what the further answers would tell.

asking a pays where      price_a < h w_e (p - E[p after a])                        p: the belief in what is kept
a, then b, pays where    price_a + P(a does not repeat it) price_b < h w_e (p - E[p after both])

Before an answer is served h counts this serve too. What was heard is remembered when the answer is not kept, so that a
query which has come n times is weighed over n serves at least: it is not trusted to come more often again.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Foreseen(NamedTuple):
    """gains[a, b]: what asking a, then b where a does not repeat what is kept, takes off; of a alone at b = a.

    further[a]: the chance that a does not repeat it.
    """

    gains: Any
    further: Any


def telling(serves: float, frequency: float) -> float:
    """Over how many serves answers tell, for a query that has come so often and an answer kept for so many serves."""
    return max(serves, frequency)


def pays(prices: Any, weight: float, of: Foreseen, held: int) -> tuple[int, float]:
    """The model to ask next beside what is held, -1 for none, and what that saves; `weight` is that of P(wrong)."""
    best, most = -1, 0.0
    for a in range(len(prices)):
        for b in range(len(prices)):
            if held in (a, b):
                continue
            value = weight * of.gains[a][b] - prices[a]
            if b != a:
                value -= of.further[a] * prices[b]
            if value > most:
                best, most = a, value
    return best, most


def spared(prices: Any, weight: float, of: Foreseen) -> NDArray[np.float64]:
    """What the best of that saves beside each model in turn, by `gains` and `further` of each, stacked."""
    dear, every = np.array(prices), np.arange(len(prices))
    second = of.further[:, :, None] * dear
    second[:, every, every] = 0.0
    values = weight * of.gains - dear[:, None] - second
    values[every, every] = values[every, :, every] = 0.0
    return np.asarray(np.maximum(0.0, values.max(axis=(1, 2))))
