"""What each model's tokens cost and how many it answers with, found in outcomes.

    cost = price_in tokens_in + price_out tokens_out

is solved for each model's prices by least squares, exactly where the file was made so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.traces.outcomes import Outcomes


@dataclass(frozen=True)
class Charges:
    """US dollars per token in and out, and the mean number of tokens out, each (models,)."""

    price_in: NDArray[np.float64]
    price_out: NDArray[np.float64]
    tokens_out: NDArray[np.float64]

    def expected(
        self, tokens_in: NDArray[np.float64], tokens_out: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """US dollars (..., models) for as many tokens in, which are known before a call, and out, the mean if None."""
        out = self.tokens_out if tokens_out is None else tokens_out
        found: NDArray[np.float64] = self.price_in * tokens_in + self.price_out * out
        return found


def charges(outcomes: Outcomes) -> Charges:
    """Of all models of the outcomes."""
    prices = []
    for model in range(len(outcomes.models)):
        tokens = np.stack([outcomes.tokens_in[:, model], outcomes.tokens_out[:, model]], axis=1)
        prices.append(np.linalg.lstsq(tokens, outcomes.costs[:, model], rcond=None)[0])
    price_in, price_out = np.maximum(np.array(prices), 0.0).T
    return Charges(price_in, price_out, outcomes.tokens_out.mean(axis=0))
