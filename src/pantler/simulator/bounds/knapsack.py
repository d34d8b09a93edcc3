"""The relaxed knapsack, in which the last thing taken may be taken in part."""

import numpy as np
from numpy.typing import NDArray


def by_density(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order, int64 (n,), of most value for its weight."""
    return np.argsort(-values / weights, kind="stable")


def filled(values: NDArray[np.float64], weights: NDArray[np.float64], budget: float) -> float:
    """The value of what is taken from the front until its weight reaches `budget`; float64 (n,), densest first."""
    taken = np.cumsum(weights)
    whole = int(np.searchsorted(taken, budget, side="right"))
    value = float(values[:whole].sum())
    if whole == len(values):
        return value
    rest = budget - (taken[whole - 1] if whole else 0.0)
    return value + float(values[whole] * rest / weights[whole])
