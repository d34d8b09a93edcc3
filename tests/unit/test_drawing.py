"""Which plan is tried: what is believed of answers is drawn, what is seen of failures is not."""

import pytest

from pantler.core.failing import either
from pantler.learning.drawing import Drawing, Open

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


@pytest.mark.parametrize("fails", [0.8, 1.0])
def test_what_is_known_to_fail_stays_known_however_few_its_labels_are(fails: float) -> None:
    assert shares(SURE, unheard(fails)) == {0: 1.0}
