import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.beliefs import posterior
from pantler.core.types import Query, Rating

chances = st.floats(0.0, 1.0)
inner = st.floats(0.01, 0.99)
QUERY = Query(1)


@given(chances, chances, st.floats(0.5, 1.0))
def test_a_posterior_is_a_chance(wrong: float, good: float, reliability: float) -> None:
    assert 0.0 <= posterior(wrong, Rating(QUERY, "m", good, reliability)) <= 1.0


@given(inner, st.floats(0.5, 1.0))
def test_a_posterior_is_the_prior_on_average_over_what_may_be_said(wrong: float, reliability: float) -> None:
    says_wrong = wrong * reliability + (1 - wrong) * (1 - reliability)
    after = [posterior(wrong, Rating(QUERY, "m", good, reliability)) for good in (0.0, 1.0)]
    assert says_wrong * after[0] + (1 - says_wrong) * after[1] == pytest.approx(wrong)


@given(inner, st.permutations([(0.0, 0.6), (1.0, 0.9), (0.0, 0.8)]))
def test_ratings_tell_the_same_in_any_order(wrong: float, said: list[tuple[float, float]]) -> None:
    beliefs = []
    for order in (said, sorted(said)):
        belief = wrong
        for good, reliability in order:
            belief = posterior(belief, Rating(QUERY, "m", good, reliability))
        beliefs.append(belief)
    assert beliefs[0] == pytest.approx(beliefs[1])
