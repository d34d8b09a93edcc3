"""What intervals over drawn queries say of a curve, by outcomes whose curve is plain."""

from math import inf

import numpy as np
import pytest

from outcomes import written
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.resampling import curve_intervals, gain
from pantler.simulator.evaluation.sweeping import Sweep, area
from pantler.traces.outcomes import Outcomes, read_outcomes


@pytest.fixture(scope="module")
def test_split(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return read_outcomes(written(tmp_path_factory.mktemp("outcomes") / "made.parquet", 120)).split("test")


def mix(outcomes: Outcomes) -> Sweep:
    return Sweep(outcomes.costs.T, outcomes.scores.T)


def test_what_holds_for_all_queries_lies_within(test_split: Outcomes) -> None:
    found = curve_intervals(mix(test_split), test_split)
    whole = area(mix(test_split), singles(test_split.scores, test_split.costs))
    assert found["aiq"][0] < whole < found["aiq"][1]
    assert found["c98"][0] <= found["c98"][1] <= found["c100"][1] == pytest.approx(1.0)


def test_what_is_never_reached_is_endlessly_dear(test_split: Outcomes) -> None:
    cheapest = Sweep(test_split.costs.T[:1], np.zeros_like(test_split.scores.T[:1]))
    assert curve_intervals(cheapest, test_split)["c100"] == (inf, inf)


def test_a_curve_gains_nothing_over_itself(test_split: Outcomes) -> None:
    same = Sweep(test_split.costs.T.copy(), test_split.scores.T.copy())
    assert gain(same, mix(test_split), test_split) == pytest.approx((0.0, 0.0))
