"""Means over seeds with their errors, and how many times dearer the first strategy is."""

from typing import Final, NamedTuple

import numpy as np

from pantler.simulator.reproduce.workload import Floats

RESAMPLES: Final = 500


class Ratio(NamedTuple):
    """A ratio with its bootstrap standard error over seeds."""

    value: float
    error: float


class Summary(NamedTuple):
    """One strategy over all seeds; both ratios are of the first strategy's cost to this one's."""

    mean: float
    error: float
    ratio_of_means: Ratio
    median_ratio: Ratio


def summarise(costs: Floats) -> list[Summary]:
    """Summarise paired costs of shape (seeds, strategies), one summary per strategy."""
    seeds = len(costs)
    picks = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    means, errors = costs.mean(axis=0), standard_error(costs)
    resampled = costs[picks].mean(axis=1)
    ratios = costs[:, :1] / costs
    of_means = _ratios(means[0] / means, resampled[:, :1] / resampled)
    medians = _ratios(np.median(ratios, axis=0), np.median(ratios[picks], axis=1))
    return [
        Summary(float(mean), float(error), *pair)
        for mean, error, *pair in zip(means, errors, of_means, medians, strict=True)
    ]


def standard_error(samples: Floats) -> Floats:
    """Return the standard error of the mean along the first axis."""
    error: Floats = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    return error


def _ratios(values: Floats, resampled: Floats) -> list[Ratio]:
    return [
        Ratio(float(value), float(error)) for value, error in zip(values, resampled.std(axis=0, ddof=1), strict=True)
    ]
