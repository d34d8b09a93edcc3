"""Logistic regression of many models' soft labels at once on the same rows, ridge penalised.

    min   sum_ij [ log(1 + exp(z_ij)) - y_ij z_ij ] + ||w_0||^2 / (2 shared) + sum_j ||w_j||^2 / (2 own)
    z_ij = x_i (w_0 + w_j) + b_j

What makes a query hard for all models is learned from all of them, and held loosely; how models differ, on which the
choice hangs, is noisier and held tightly.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.fitting.descent import minimised

Array = NDArray[np.float32]


class Table(Protocol):
    """What can be multiplied from both sides, sparse or dense."""

    @property
    def width(self) -> int:
        """How many places a row has."""
        ...

    def times(self, table: Array) -> Array:
        """(n, width) times (width, m)."""
        ...

    def turned_times(self, table: Array) -> Array:
        """(width, n) times (n, m)."""
        ...


class Dense(NamedTuple):
    """A dense float32 (n, width)."""

    values: Array

    @property
    def width(self) -> int:
        return int(self.values.shape[1])

    def times(self, table: Array) -> Array:
        return self.values @ table

    def turned_times(self, table: Array) -> Array:
        return self.values.T @ table


class Line(NamedTuple):
    """Weights (width, m) and bias (m,)."""

    weights: Array
    bias: Array


class Looseness(NamedTuple):
    """How far weights may go from nothing: those that all models share, and each model's own beside them."""

    shared: float
    own: float


def fitted(table: Table, labels: Array, looseness: Looseness, counts: Array | None = None) -> Line:
    """The best weights and bias for labels (n, m) in 0..1; `counts` (n, m) is how much each counts, alike if None."""
    heard = np.ones_like(labels) if counts is None else counts
    shares = np.clip((heard * labels).sum(axis=0) / np.maximum(heard.sum(axis=0), 1e-9), 1e-3, 1.0 - 1e-3)
    models = labels.shape[1]
    start = np.zeros((table.width + 1, models + 1), np.float32)
    start[-1, 1:] = np.log(shares / (1.0 - shares))
    stiffness = np.full(models + 1, 1.0 / looseness.own, np.float32)
    stiffness[0] = 1.0 / looseness.shared

    def objective(point: Array) -> tuple[float, Array]:
        weights = point[:-1]
        odds = table.times(weights[:, :1] + weights[:, 1:]) + point[-1, 1:]
        losses = heard * (np.logaddexp(np.float32(0.0), odds) - labels * odds)
        loss = float(np.sum(losses, dtype=np.float64))
        missed = (heard * (1.0 / (1.0 + np.exp(-odds)) - labels)).astype(np.float32)
        slope = np.zeros_like(point)
        slope[:-1, 1:] = table.turned_times(missed)
        slope[:-1, 0] = slope[:-1, 1:].sum(axis=1)
        slope[:-1] += stiffness * weights
        slope[-1, 1:] = missed.sum(axis=0)
        return loss + 0.5 * float(np.vdot(weights, stiffness * weights)), slope

    found = minimised(objective, start)
    return Line(found[:-1, :1] + found[:-1, 1:], found[-1, 1:])
