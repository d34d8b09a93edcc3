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
HALVINGS = 12
ENOUGH = 1e-3  # of log-likelihood; less is not worth another step


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
    """The most likely coefficients (k,), sought from `start` on; each step makes them likelier or is halved."""
    found, loss = start.copy(), _loss(labels, prior, start, lies)
    for _ in range(steps):
        step = _step(labels, prior, found, lies)
        for _ in range(HALVINGS):
            tried = found - step
            tried_loss = _loss(labels, prior, tried, lies)
            if tried_loss <= loss:
                break
            step /= 2.0
        else:
            break
        gained = loss - tried_loss
        found, loss = tried, tried_loss
        if gained < ENOUGH:
            break
    return found


def _loss(labels: Labels, prior: Prior, at: Vector, lies: float) -> float:
    """What the fit minimises."""
    seen = lies + (1.0 - 2.0 * lies) * sigmoid(labels.rows @ at)
    likely = np.where(labels.wrong > 0.5, seen, 1.0 - seen)
    apart = at - prior.mean
    return float(-(labels.weights @ np.log(likely)) + prior.precision @ (apart * apart) / 2.0)


def _step(labels: Labels, prior: Prior, at: Vector, lies: float) -> Vector:
    """Curvature^-1 gradient."""
    chance = sigmoid(labels.rows @ at)
    seen = lies + (1.0 - 2.0 * lies) * chance
    slope = (1.0 - 2.0 * lies) * chance * (1.0 - chance)
    scale = np.maximum(seen * (1.0 - seen), 1e-12)
    gradient = labels.rows.T @ (labels.weights * (seen - labels.wrong) * slope / scale)
    gradient += prior.precision * (at - prior.mean)
    curvature = (labels.rows.T * (labels.weights * slope * slope / scale)) @ labels.rows
    curvature[np.diag_indices_from(curvature)] += prior.precision
    return np.asarray(np.linalg.solve(curvature, gradient), np.float64)
