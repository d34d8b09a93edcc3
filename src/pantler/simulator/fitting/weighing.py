"""How much each appraiser counts in their mean, by what they said of queries that they had not seen.

    min over w >= 0   sum_ij log-loss( expit(e_j + sum_k w_k (odds_kij - e_j)), y_ij ) + n ridge ||w||^2 / 2

With few labels what appraisers say is noise beside the models' own rates, and the weights fall towards 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds

Array = NDArray[np.float32]
RIDGE = 0.02
STEPS = 200


def weights(said: Sequence[Array], labels: Array, rates: Array) -> Array:
    """One weight for each appraiser's (n, models)."""
    base = odds(rates).astype(float)
    apart = np.stack([odds(each).astype(float) - base for each in said], axis=-1).reshape(-1, len(said))
    starts = np.broadcast_to(base, labels.shape).reshape(-1)
    wanted = labels.reshape(-1).astype(float)
    found = np.full(len(said), 1.0 / len(said))
    ridge = RIDGE * len(wanted)
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(starts + apart @ found)))
        slope = apart.T @ (chance - wanted) + ridge * found
        curvature = (apart * (chance * (1.0 - chance))[:, None]).T @ apart + ridge * np.eye(len(found))
        free = (found > 0.0) | (slope < 0.0)
        if not free.any():
            break
        step = np.zeros_like(found)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], slope[free])
        moved = np.maximum(found - step, 0.0)
        if np.abs(moved - found).max() < 1e-5:
            break
        found = moved
    return found.astype(np.float32)
