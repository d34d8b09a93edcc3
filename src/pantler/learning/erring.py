"""How models err together: what `panel` weighs by, as it was fitted to what all of them said to recorded queries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SMALLEST = 1e-3


@dataclass(frozen=True)
class Erring:
    """`spreads` (models,) are l; `shares`, `harder`, `lures` (nodes,) the weight, u and a of each; `answers` is K.

    `hopeful` is the ratio of odds by which two that say the same were wrong more often than that makes them, 1 or more.
    """

    spreads: Array
    shares: Array
    harder: Array
    lures: Array
    answers: float
    hopeful: float = 1.0

    def wrong(self, chances: Array) -> Array:
        """(n, models, nodes): P(wrong) at each node, by the chances before any call."""
        kept = np.minimum(np.maximum(chances, SMALLEST), 1.0 - SMALLEST)  # which is quicker than clip
        odds = np.log(kept / (1.0 - kept)) * np.sqrt(1.0 + self.spreads**2 / 2.9)
        return expit(odds[:, :, None] + self.spreads[:, None] * self.harder)

    def of(self, fitted: Sequence[str], models: Sequence[str]) -> "Erring":
        """For these models; one that was not fitted errs with the others as they do on average."""
        known = dict(zip(fitted, self.spreads.tolist(), strict=True))
        mean = float(self.spreads.mean())
        spreads = np.array([known.get(model, mean) for model in models])
        answers = max(self.answers, len(models) + 2.0)
        return Erring(spreads, self.shares, self.harder, self.lures, answers, self.hopeful)


def expit(odds: Array) -> Array:
    """The chance of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def doubted(chances: Array, doubt: float) -> Array:
    """Chances with their odds multiplied."""
    return chances if doubt == 1.0 else np.asarray(doubt * chances / (1.0 - chances + doubt * chances))
