"""Calibration over the last labels: it helps where chances have drifted, and is as nothing where they hold."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pantler.core.packing import as_kept
from pantler.core.types import Appraisal
from pantler.learning.correction import Correction, Roster
from pantler.learning.rolling import EVERY, FEWEST, WINDOW, Rolling, beyond_chance
from pantler.simulator.evaluation.calibration import calibration_error

Array = NDArray[np.float64]
MODELS = ("cheap", "dear")


def stream(stretch: float, shift: float, seed: int, number: int = 3_000) -> tuple[Array, Array]:
    """Log-odds of one model as appraised, and labels drawn from what they are in truth."""
    rng = np.random.default_rng(seed)
    said = rng.normal(-0.5, 1.5, number)
    return said, (rng.random(number) < 1.0 / (1.0 + np.exp(-(shift + stretch * said)))).astype(float)


def stated(said: Array, wrong: Array, *, rolls: bool) -> Array:
    """The chances by which the first model would have been chosen, each before its label came."""
    found = Correction(Roster(MODELS, "dear"))
    chances = []
    for odds, label in zip(said, wrong, strict=True):
        appraisal = Appraisal((float(1.0 / (1.0 + np.exp(-odds))), 0.5))
        chances.append(1.0 / (1.0 + np.exp(-found.odds(appraisal)[0])))
        found.learn("cheap", appraisal, float(label))
        if not rolls:
            found.rolling.forget(0)
    return np.array(chances)


def loss(chances: Array, wrong: Array) -> float:
    kept = np.clip(chances, 1e-6, 1.0 - 1e-6)
    return float(-(wrong * np.log(kept) + (1.0 - wrong) * np.log(1.0 - kept)).mean())


@pytest.mark.parametrize(("stretch", "shift"), [(0.4, 0.0), (1.0, 0.7), (0.5, -0.5), (1.8, 0.0)])
def test_where_chances_have_drifted_the_error_of_calibration_falls_to_less_than_half(
    stretch: float, shift: float
) -> None:
    said, wrong = stream(stretch, shift, 1)
    plain, rolled = (stated(said, wrong, rolls=rolls) for rolls in (False, True))
    late = slice(500, None)
    errors = [calibration_error(each[late], wrong[late]) for each in (plain, rolled)]
    assert errors[1] < max(0.5 * errors[0], 0.02)
    assert loss(rolled[late], wrong[late]) <= loss(plain[late], wrong[late])


@pytest.mark.parametrize("seed", range(6))
def test_where_nothing_drifts_nothing_is_lost(seed: int) -> None:
    said, wrong = stream(1.0, 0.0, seed)
    plain, rolled = (stated(said, wrong, rolls=rolls) for rolls in (False, True))
    assert loss(rolled, wrong) < 1.002 * loss(plain, wrong)
    assert calibration_error(rolled, wrong) < calibration_error(plain, wrong) + 0.005


def test_a_drift_that_ends_is_forgotten() -> None:
    said, wrong = stream(0.4, 0.0, 2, 1_000)
    more, labels = stream(1.0, 0.0, 3, 2_000)
    rolled = stated(np.concatenate([said, more]), np.concatenate([wrong, labels]), rolls=True)
    assert loss(rolled[2_000:], labels[1_000:]) < 1.01 * loss(1.0 / (1.0 + np.exp(-more[1_000:])), labels[1_000:])


def test_the_windows_survive_a_restart_also_where_models_have_changed() -> None:
    found = Correction(Roster(MODELS, "dear"))
    for odds, label in zip(*stream(0.4, 0.0, 1, 600), strict=True):
        found.learn("cheap", Appraisal((float(1.0 / (1.0 + np.exp(-odds))), 0.5)), float(label))
    assert found.rolling.stretch[0] < 0.8
    again = Correction(Roster(("other", "cheap", "dear"), "dear"))
    again.restore(as_kept(found.snapshot()))
    assert again.rolling.stretch[1] == found.rolling.stretch[0]
    error = found.rolling.error(0)
    assert error is not None
    assert again.rolling.error(1) == pytest.approx(error, abs=1e-4)
    assert again.rolling.error(0) is None


def test_the_error_that_is_told_of_a_window_is_about_that_of_the_evaluation() -> None:
    said, wrong = stream(0.4, 0.0, 5, WINDOW)
    chances = 1.0 / (1.0 + np.exp(-said))
    assert beyond_chance(chances, wrong) == pytest.approx(calibration_error(chances, wrong), abs=0.01)


def test_an_alarm_forgets_what_came_before_it() -> None:
    found, said = Correction(Roster(MODELS, "dear")), Appraisal((0.2, 0.1))
    for number in range(300):
        found.learn("cheap", said, float(number % 5 == 0))
    for _ in range(30):
        found.learn("cheap", said, 1.0)
    assert found.alarms[0].raised > 0
    assert found.rolling.error(0) is None


def test_the_error_of_a_window_is_computed_once_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    found, computed = Rolling(1), []
    monkeypatch.setattr("pantler.learning.rolling.beyond_chance", lambda *_: computed.append(1) or 0.1)

    def label(number: int) -> None:
        for each in range(number):
            found.note(0, (0.0, 0.5, float(each % 2)), 0.0)

    label(FEWEST)
    assert [found.error(0) for _ in range(3)] == [0.1] * 3
    label(EVERY - 1)
    assert found.error(0) == 0.1
    assert len(computed) == 1
    label(1)
    assert found.error(0) == 0.1
    assert len(computed) == 2
