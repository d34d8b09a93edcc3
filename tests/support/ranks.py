"""Whether two kinds of times are of one law, by their ranks, which no outlier of a busy machine moves."""

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray


def p_of_ranks(times: NDArray[np.float64], is_one: NDArray[np.bool_]) -> float:
    """Two-sided, of Mann and Whitney's test, by its normal approximation."""
    ranks = np.empty(len(times))
    ranks[np.argsort(times, kind="stable")] = np.arange(1.0, len(times) + 1.0)
    one, other = int(is_one.sum()), int((~is_one).sum())
    apart = abs(ranks[is_one].sum() - one * (len(times) + 1) / 2.0)
    return erfc(apart / sqrt(one * other * (len(times) + 1) / 12.0) / sqrt(2.0))
