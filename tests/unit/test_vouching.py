"""How far an audit's comparison is to be believed as a word on the fresh answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.beliefs import posterior
from pantler.core.types import Query, Rating
from pantler.learning.agreeing import COINCIDENCE, reliability

chances = st.floats(0.01, 0.99)


@given(chances, chances, chances, st.booleans())
def test_it_moves_the_belief_as_bayes_rule_says(fresh: float, wrong: float, differs: float, agrees: bool) -> None:
    """Both answers right for one question agree; of others none does, or `COINCIDENCE` of them."""
    both = (1.0 - wrong) * (1.0 - differs)
    likely_if_right = both if agrees else 1.0 - both
    likely_if_wrong = COINCIDENCE * (1.0 - both) if agrees else 1.0
    expected = fresh * likely_if_wrong / (fresh * likely_if_wrong + (1.0 - fresh) * likely_if_right)
    trust = reliability(wrong, differs, agrees=agrees)
    if trust > 0.5:
        assert posterior(fresh, Rating(Query(1), "m", float(agrees), trust)) == pytest.approx(expected)


def test_beside_an_answer_that_is_doubtful_itself_it_is_no_label() -> None:
    assert Rating(Query(1), "m", 0.0, reliability(0.02, 0.02, agrees=False)).is_label
    assert not Rating(Query(1), "m", 0.0, reliability(0.4, 0.02, agrees=False)).is_label
    assert reliability(0.9, 0.5, agrees=True) == 0.5
