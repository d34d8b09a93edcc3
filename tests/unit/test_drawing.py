"""Which plan is tried: what is believed of answers is drawn, what is seen of failures is not."""

import pytest

from pantler.core.failing import either
from pantler.learning.drawing import MOST_SAVED, Drawing, Open

ERROR = 100.0
SURE = Open(cost=20.0, wrong=0.1, fails=0.0, labels=400.0, is_firm=True)


def unheard(fails: float) -> Open:
    """A plan of few labels that costs 1, but for its errors."""
    wrong = either(0.5, fails)
    return Open(1.0 + ERROR * wrong, wrong, fails, labels=0.0, is_firm=False)


def shares(*plans: Open) -> dict[int, float]:
    drawing = Drawing(0.03)
    drawing.allowed = 1e6
    return drawing.shares(list(plans), 0, ERROR, key=7)[1]


def test_what_answers_and_was_hardly_heard_is_tried() -> None:
    found = shares(SURE, unheard(0.0))
    assert found[1] > 0.0
    assert sum(found.values()) == 1.0


def test_what_is_known_well_to_cost_more_is_not_drawn_though_the_allowance_would_pay_for_it() -> None:
    """Beyond the best by 2.1 of its standard deviations, which one draw in thirty would overlook."""
    other = Open(cost=25.2, wrong=0.5, fails=0.0, labels=400.0, is_firm=True)
    drawing = Drawing(0.03)
    drawing.allowed = 1e6
    assert all(drawing.shares([SURE, other], 0, ERROR, key=key)[1] == {0: 1.0} for key in range(30))


def test_what_may_be_tried_is_a_share_of_what_was_expected_less_what_trying_took_and_is_not_saved_up_for_ever() -> None:
    drawing = Drawing(0.03)
    for _ in range(100):
        drawing.account(20.0, SURE)
    assert drawing.allowed == pytest.approx(100 * 0.03 * 20.0)
    drawing.account(20.0, Open(cost=32.0, wrong=0.1, fails=0.0, labels=400.0, is_firm=True))
    assert drawing.allowed == pytest.approx(101 * 0.03 * 20.0 - 12.0)
    for _ in range(2_000):
        drawing.account(20.0, None)
    assert drawing.allowed == pytest.approx(MOST_SAVED * 0.03 * 20.0)


@pytest.mark.parametrize("fails", [0.8, 1.0])
def test_what_is_known_to_fail_stays_known_however_few_its_labels_are(fails: float) -> None:
    assert shares(SURE, unheard(fails)) == {0: 1.0}
