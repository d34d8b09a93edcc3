"""How likely a model is to fail: counted beside what went well, and forgotten."""

import pytest

from pantler.core.failing import PRIOR, SHOWN_SECONDS, UNANSWERED_SECONDS, Failing, braced
from pantler.core.types import Appraisal

TEXT, JSON = (("r", "m", form) for form in ("text", "json"))


def test_one_failure_is_weighed_against_all_that_went_well() -> None:
    failing = Failing()
    for _ in range(95):
        failing.called("m", 0.0, failed=False)
    failing.called("m", 0.0, failed=True)
    assert failing.chance(TEXT, 0.0) == pytest.approx(1.0 / (PRIOR + 96.0))


def test_a_model_that_only_fails_is_soon_likelier_to_fail_than_not_and_that_is_forgotten() -> None:
    failing = Failing()
    for _ in range(10):
        failing.called("m", 0.0, failed=True)
    assert failing.chance(TEXT, 0.0) > 0.5
    assert failing.chance(TEXT, 10.0 * UNANSWERED_SECONDS) < 0.01


def test_what_answers_in_one_form_show_says_nothing_of_another_form() -> None:
    failing = Failing()
    for _ in range(10):
        failing.answered(JSON, 0.0, shown=0.9)
    assert failing.chance(JSON, 0.0) == pytest.approx(9.0 / (PRIOR + 10.0))
    assert failing.chance(TEXT, 0.0) == 0.0
    assert failing.chance(JSON, SHOWN_SECONDS) < failing.chance(JSON, 0.0)


def test_who_fails_gives_no_right_answer_either() -> None:
    appraisal = Appraisal((0.2, 0.1), (1.0, 2.0))
    assert braced(appraisal, ("a", "b"), lambda _: 0.0) is appraisal
    assert braced(appraisal, ("a", "b"), {"a": 0.5, "b": 0.0}.__getitem__).wrong == pytest.approx((0.6, 0.1))
