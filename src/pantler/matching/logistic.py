"""Logistic regression around a prior, from labels that may lie.

P(y = 1 | x) = e + (1 - 2e) s(x b), s the logistic function and e the rate at which labels are false. b minimises
-sum_i w_i log P(y_i | x_i) + sum_k l_k (b_k - m_k)^2 / 2 by Fisher scoring.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
STEPS = 25
FAR = 30.0


class Prior(NamedTuple):
    """Where coefficients are believed to lie, (k,) each: their means and one over their variances."""

    mean: Vector
    precision: Vector


class Labels(NamedTuple):
    """Float64 rows (n, k), whether each was wrong (n,), and how much each counts (n,)."""

    rows: NDArray[np.float64]
    wrong: Vector
    weights: Vector


def sigmoid(logits: Vector) -> Vector:
    """1 / (1 + exp(-z)), not beyond z = 30 either way."""
    odds: Vector = 1.0 / (1.0 + np.exp(-np.clip(logits, -FAR, FAR)))
    return odds


def fit(labels: Labels, prior: Prior, start: Vector, *, lies: float = 0.0, steps: int = STEPS) -> Vector:
    """The most likely coefficients (k,), sought from `start` on."""
    found = start.copy()
    for _ in range(steps):
        chance = sigmoid(labels.rows @ found)
        seen = lies + (1.0 - 2.0 * lies) * chance
        slope = (1.0 - 2.0 * lies) * chance * (1.0 - chance)
        scale = np.maximum(seen * (1.0 - seen), 1e-12)
        gradient = labels.rows.T @ (labels.weights * (seen - labels.wrong) * slope / scale)
        gradient += prior.precision * (found - prior.mean)
        curvature = (labels.rows.T * (labels.weights * slope * slope / scale)) @ labels.rows
        curvature[np.diag_indices_from(curvature)] += prior.precision
        step = np.linalg.solve(curvature, gradient)
        longest = float(np.abs(step).max())
        found -= step * min(1.0, 4.0 / max(longest, 1e-12))
        if longest < 1e-4:
            break
    return found
