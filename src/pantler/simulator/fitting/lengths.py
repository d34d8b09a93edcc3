"""How many tokens out to expect, fitted by least squares that lean on the mean.

min over w   sum_i (b + x_i . w - tokens_i)^2 + n HOLD |w|^2

Of a model whose line tells the lengths of queries that it was not fitted to worse than their mean does, w is 0: few
queries make a line of hundreds of numbers that holds for themselves alone.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pantler.core.traits import Traits
from pantler.texts.lengths import Lengths, numbers

Numbers = NDArray[np.float64]
HOLD = 0.3  # for each query, so that few queries hold as tightly as many
FOLDS = 5  # each foretold by the line of the others


def lengths(traits: Sequence[Traits], tokens_out: NDArray[np.float64]) -> Lengths:
    """Of all models, tokens_out (queries, models)."""
    every = numbers(traits).astype(float)
    line = _line(every, tokens_out)
    return replace(line, weights=np.where(_holds(every, tokens_out), line.weights, np.float32(0.0)))


def _line(every: Numbers, tokens_out: Numbers) -> Lengths:
    centre, scale = every.mean(axis=0), every.std(axis=0) + 1e-6
    scaled = (every - centre) / scale
    bias = tokens_out.mean(axis=0)
    held = scaled.T @ scaled + HOLD * len(scaled) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(held, scaled.T @ (tokens_out - bias))
    seen = np.stack([every.min(axis=0), every.max(axis=0)])
    answered = np.maximum(np.stack([tokens_out.min(axis=0), tokens_out.max(axis=0)]), 1.0)
    return Lengths(*(part.astype(np.float32) for part in (weights, bias, centre, scale, seen, answered)))


def _holds(every: Numbers, tokens_out: Numbers) -> NDArray[np.bool_]:
    """Whether each model's line is nearer to what was held back than the mean is; too few queries tell of none."""
    gained = np.zeros(tokens_out.shape[1])
    if len(every) >= 2 * FOLDS:
        fold = np.arange(len(every)) % FOLDS
        for back in (fold == number for number in range(FOLDS)):
            line, asked = _line(every[~back], tokens_out[~back]), tokens_out[back]
            gained += ((line.bias - asked) ** 2).sum(axis=0) - ((line.at(every[back]) - asked) ** 2).sum(axis=0)
    found: NDArray[np.bool_] = gained > 0.0
    return found
