"""The curve of quality over cost, by cases whose areas are plain."""

import numpy as np
import pytest

from pantler.core.errors import TraceError
from pantler.simulator.evaluation.curve import aiq, apgr, cost_at, hull, singles

COSTS = np.array([[1.0, 5.0], [1.0, 5.0]])
SCORES = np.array([[0.0, 1.0], [0.5, 0.5]])


def test_the_singles_are_the_cheapest_and_the_best() -> None:
    single = singles(SCORES, COSTS)
    assert (single.point(single.cheapest), single.point(single.best)) == ((1.0, 0.25), (5.0, 0.75))


def test_among_equally_good_models_the_best_is_the_cheaper() -> None:
    single = singles(np.array([[0.2, 0.8, 0.8]]), np.array([[1.0, 9.0, 5.0]]))
    assert single.best == 2


def test_where_the_cheapest_is_the_best_there_is_nothing_to_choose() -> None:
    with pytest.raises(TraceError, match="nothing to choose"):
        singles(1.0 - SCORES, COSTS)


def test_the_hull_leaves_out_what_lies_below_and_never_falls() -> None:
    points = [(1.0, 0.2), (2.0, 0.3), (3.0, 0.8), (4.0, 0.6), (5.0, 0.8), (3.0, 0.1)]
    assert hull(points) == [(1.0, 0.2), (3.0, 0.8)]


def test_a_straight_line_between_two_models_halves_the_way() -> None:
    single = singles(SCORES, COSTS)
    corners = hull([single.point(0), single.point(1)])
    area = aiq(corners, 1.0, 5.0)
    assert area == pytest.approx(0.5)
    assert apgr(area, single) == pytest.approx(0.5)
    assert cost_at(corners, 0.5) == pytest.approx(3.0)


def test_beyond_its_last_corner_the_curve_is_flat_and_a_higher_score_is_never_reached() -> None:
    corners = hull([(1.0, 0.25), (2.0, 0.75)])
    assert aiq(corners, 1.0, 5.0) == pytest.approx((0.5 * 1.0 + 0.75 * 3.0) / 4.0)
    assert cost_at(corners, 0.75) == pytest.approx(2.0)
    assert cost_at(corners, 0.76) is None
    assert cost_at(corners, 0.1) == pytest.approx(1.0)


def test_corners_beyond_the_best_models_cost_do_not_count() -> None:
    assert aiq([(1.0, 0.0), (3.0, 1.0), (9.0, 1.0)], 1.0, 3.0) == pytest.approx(0.5)
