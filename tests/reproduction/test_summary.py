"""Means, errors and ratios of paired costs."""

import numpy as np
import pytest

from pantler.simulator.reproduce.summary import standard_error, summarise


def test_the_ratio_of_means_is_not_the_median_of_ratios() -> None:
    costs = np.array([[10.0, 1.0], [10.0, 1.0], [10.0, 10.0]])
    second = summarise(costs)[1]
    assert second.mean == pytest.approx(4.0)
    assert second.ratio_of_means.value == pytest.approx(2.5)
    assert second.median_ratio.value == pytest.approx(10.0)


def test_a_strategy_is_exactly_as_dear_as_itself() -> None:
    first = summarise(np.random.default_rng(1).uniform(1.0, 2.0, (50, 3)))[0]
    assert first.ratio_of_means == pytest.approx((1.0, 0.0))
    assert first.median_ratio == pytest.approx((1.0, 0.0))


def test_the_bootstrap_error_of_a_ratio_agrees_with_the_spread_over_fresh_samples() -> None:
    random = np.random.default_rng(2)
    samples = random.uniform(1.0, 3.0, (400, 200, 2))
    spread = (samples[..., 0].mean(axis=1) / samples[..., 1].mean(axis=1)).std()
    assert summarise(samples[0])[1].ratio_of_means.error == pytest.approx(spread, rel=0.2)


def test_the_standard_error_shrinks_with_the_root_of_the_samples() -> None:
    assert standard_error(np.array([1.0, 3.0, 1.0, 3.0])) == pytest.approx(np.sqrt(4 / 3) / 2)
