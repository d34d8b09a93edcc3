"""The share of wrong hits lies within its interval."""

from hypothesis import given
from hypothesis import strategies as some

from pantler.live.observed import Observed

LABELS = some.tuples(some.booleans(), some.floats(0.5, 50.0))


@given(some.lists(LABELS, min_size=1))
def test_a_share_lies_between_its_ends(labels: list[tuple[bool, float]]) -> None:
    observed = Observed()
    for wrong, weight in labels:
        observed.add(wrong, weight)
    rate = observed.rate()
    assert 0.0 <= rate.least <= rate.share <= rate.most <= 1.0
