from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.multiplexers.cascade import best_threshold

rows = st.lists(st.tuples(st.integers(0, 5).map(float), st.floats(0, 50), st.floats(0, 50)), max_size=12)


@given(rows)
def test_no_threshold_costs_less_than_the_best(judged: list[tuple[float, float, float]]) -> None:
    def total(threshold: float) -> float:
        return sum(kept if score >= threshold else deferred for score, kept, deferred in judged)

    least = min(total(threshold) for threshold in (*(score for score, _, _ in judged), inf))
    assert total(best_threshold(judged)) == pytest.approx(least)
