"""How far chances are from what came, beyond the noise of so few labels.

ECE = mean over 10 bins of equal mass of |mean chance - mean label|, minus its mean over labels drawn from the chances.
"""

import numpy as np
from numpy.typing import NDArray

BINS = 10
RESAMPLES = 1000


def calibration_error(chances: NDArray[np.floating], labels: NDArray[np.floating], seed: int = 0) -> float:
    """Of one model: chances (n,) and labels (n,), both in 0..1; about 0 where the chances are true."""
    order = np.argsort(chances, kind="stable")
    cuts = np.array_split(np.arange(len(order)), BINS)
    starts = np.array([cut[0] for cut in cuts if len(cut)])
    chance = np.asarray(chances, float)[order]
    drawn = np.random.default_rng(seed).random((RESAMPLES, len(order))) < chance
    labelled = np.vstack([np.asarray(labels, float)[order][None], drawn])
    gaps = np.abs(np.add.reduceat(labelled - chance, starts, axis=1)) / len(order)
    errors = gaps.sum(axis=1)
    return float(errors[0] - errors[1:].mean())
