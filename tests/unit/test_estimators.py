from math import log, sqrt

import pytest

from pantler.core.errors import ConfigError
from pantler.estimators.confidence import Confidence, doubt
from pantler.estimators.mean import Mean
from pantler.estimators.sketch import Sketch


def test_a_mean_without_observations_is_the_prior() -> None:
    assert Mean(0.3).estimate("unseen") == pytest.approx(0.3)


def test_a_mean_leans_on_the_other_queries_until_it_has_its_own_observations() -> None:
    mean = Mean(0.0, prior_weight=0.0, pooling=2.0)
    mean.observe("other", 1.0)
    mean.observe("other", 0.0)
    assert mean.estimate("q") == pytest.approx(0.5)
    for _ in range(2):
        mean.observe("q", 1.0)
    assert mean.pooled == pytest.approx(3 / 4)
    assert mean.estimate("q") == pytest.approx((2 * 3 / 4 + 2) / (2 + 2))


def test_a_mean_without_any_weight_falls_back_on_its_prior() -> None:
    assert Mean(7.0, prior_weight=0.0, pooling=0.0).estimate("q") == 7.0


def test_a_forgotten_query_keeps_its_share_of_the_mean_over_all() -> None:
    mean = Mean(0.0, prior_weight=0.0, pooling=1.0, max_keys=1)
    mean.observe("first", 1.0)
    mean.observe("second", 0.0)
    assert mean.count("first") == 0
    assert mean.pooled == pytest.approx(0.5)


def test_the_query_observed_longest_ago_is_forgotten_first() -> None:
    mean = Mean(max_keys=2)
    for key in ("a", "b", "a", "c"):
        mean.observe(key, 1.0)
    assert [mean.count(key) for key in "abc"] == [2, 0, 1]


def test_a_query_never_seen_has_the_least_cost_that_is_possible() -> None:
    assert Confidence(1.0, 9.0, doubt=3.0).estimate("unseen") == 1.0


def test_the_bound_lies_below_the_mean_by_the_radius_of_the_paper() -> None:
    bound = Confidence(1.0, 9.0, doubt=doubt(requests=100, queries=20, delta=0.1))
    for value in [5.0] * 400:
        bound.observe("q", value)
    assert bound.estimate("q") == pytest.approx(5.0 - 8.0 * sqrt(log(6 * 100 * 20 / 0.1) / (2 * 400)))


def test_the_bound_never_falls_below_the_least_cost() -> None:
    bound = Confidence(1.0, 9.0, doubt=3.0)
    bound.observe("q", 9.0)
    assert bound.estimate("q") == 1.0


def test_a_bound_tells_only_so_many_queries_apart() -> None:
    bound = Confidence(0.0, 1.0, doubt=0.0, max_keys=10)
    for key in range(100):
        bound.observe(key, 1.0)
    assert [key for key in range(100) if bound.count(key)] == list(range(90, 100))


def test_a_sketch_estimates_as_a_mean_does_where_queries_are_few() -> None:
    sketch, mean = Sketch(0.3, pooling=2.0), Mean(0.3, pooling=2.0)
    for number in range(500):
        for estimator in (sketch, mean):
            estimator.observe(number % 50, number % 11)
    assert [sketch.estimate(key) for key in range(60)] == pytest.approx([mean.estimate(key) for key in range(60)])
    assert [sketch.count(key) for key in range(60)] == [mean.count(key) for key in range(60)]


def test_a_sketch_never_counts_a_query_below_the_truth_and_keeps_the_frequent_ones_apart() -> None:
    sketch = Sketch(width=1024)
    for number in range(20_000):
        sketch.observe(10 + number, 1.0)  # each once: about twenty to a place
    for key in range(10):
        for _ in range(2000):
            sketch.observe(key, 9.0)
    assert all(2000 <= sketch.count(key) < 2100 for key in range(10))
    assert [sketch.estimate(key) for key in range(10)] == pytest.approx([9.0] * 10, rel=0.02)


def test_a_sketch_of_another_width_takes_up_the_mean_alone() -> None:
    wide, narrow = Sketch(width=64), Sketch(width=32)
    for key in range(30):
        wide.observe(key, 4.0)
    narrow.restore(wide.snapshot())
    assert narrow.pooled == wide.pooled
    assert narrow.count(3) == 0


def test_a_sketch_of_an_impossible_width_is_refused() -> None:
    with pytest.raises(ConfigError, match="power of two"):
        Sketch(width=1000)
