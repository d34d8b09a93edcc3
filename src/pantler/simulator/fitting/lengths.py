"""How many tokens out to expect, fitted by least squares that lean on the mean.

min over w   sum_i (b + x_i . w - tokens_i)^2 + n HOLD |w|^2
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits
from pantler.texts.lengths import Lengths, numbers

HOLD = 0.3  # for each query, so that few queries hold as tightly as many


def lengths(traits: Sequence[Traits], tokens_out: NDArray[np.float64]) -> Lengths:
    """Of all models, tokens_out (queries, models)."""
    every = numbers(traits).astype(float)
    centre, scale = every.mean(axis=0), every.std(axis=0) + 1e-6
    scaled = (every - centre) / scale
    bias = tokens_out.mean(axis=0)
    held = scaled.T @ scaled + HOLD * len(scaled) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(held, scaled.T @ (tokens_out - bias))
    seen = np.stack([every.min(axis=0), every.max(axis=0)])
    answered = np.maximum(np.stack([tokens_out.min(axis=0), tokens_out.max(axis=0)]), 1.0)
    return Lengths(*(part.astype(np.float32) for part in (weights, bias, centre, scale, seen, answered)))
