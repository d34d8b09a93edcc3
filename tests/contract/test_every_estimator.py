from collections.abc import Callable
from math import isfinite

import msgspec
import pytest

from pantler.build import names, part
from pantler.core.seams import Estimator, Learner

SETTINGS: dict[str, dict[str, float]] = {
    "confidence": {"low": 0.0, "high": 10.0, "doubt": 2.0}
}  # the rest has defaults

BOUNDS = {"Sketch": {"width": 32}}  # of the rest: `max_keys`

Make = Callable[..., Estimator]


@pytest.fixture(params=names("estimators"))
def make(request: pytest.FixtureRequest) -> Make:
    kind, settings = part("estimators", request.param), SETTINGS.get(request.param, {})
    return lambda **more: kind(**settings, **more)


def test_an_estimate_is_finite_before_anything_was_observed(make: Make) -> None:
    estimator = make()
    assert isfinite(estimator.estimate("q"))
    assert estimator.count("q") == 0


def test_observations_move_the_estimate_towards_them(make: Make) -> None:
    estimator = make()
    gaps = []
    for _ in range(400):
        estimator.observe("q", 7.0)
        gaps.append(abs(estimator.estimate("q") - 7.0))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < gaps[0] / 5


def test_observations_are_counted_for_their_own_query(make: Make) -> None:
    estimator = make()
    for _ in range(3):
        estimator.observe("q", 1.0)
    assert (estimator.count("q"), estimator.count("other")) == (3, 0)


def test_equal_observations_give_equal_estimates(make: Make) -> None:
    first, second = make(), make()
    for number in range(50):
        first.observe(number % 7, number % 5)
        second.observe(number % 7, number % 5)
    assert [first.estimate(key) for key in range(8)] == [second.estimate(key) for key in range(8)]


def test_what_it_remembers_is_bounded_however_many_queries_come(make: Make) -> None:
    estimator = make(**BOUNDS.get(type(make()).__name__, {"max_keys": 10}))
    assert isinstance(estimator, Learner)
    sizes = []
    for key in range(1000):
        estimator.observe(key, 1.0)
        sizes.append(len(msgspec.msgpack.encode(estimator.snapshot())))
    assert sizes[-1] <= max(sizes[:20])


def test_what_was_learned_survives_a_restart(make: Make) -> None:
    estimator, heir = make(), make()
    assert isinstance(estimator, Learner)
    assert isinstance(heir, Learner)
    for number in range(50):
        estimator.observe(number % 7, number % 5)
    heir.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(estimator.snapshot())))
    assert [heir.estimate(key) for key in range(8)] == [estimator.estimate(key) for key in range(8)]
