import msgspec
import pytest

from pantler.core.counts import CHARGED, DEFERRED, SECONDS, WRONG, Counts
from pantler.core.packing import as_kept
from pantler.core.tallies import Tallies

KINDS = (CHARGED, SECONDS, WRONG, DEFERRED)


def test_each_kind_is_counted_and_summed_apart_from_the_others() -> None:
    counts = Counts()
    for kind in KINDS:
        for _ in range(kind + 1):
            counts.add(kind, 0.25 * (kind + 1))
    assert [counts.of(kind) for kind in KINDS] == [(n, 0.25 * n * n) for n in (1.0, 2.0, 3.0, 4.0)]


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_horizon_one_kind_is_halved_and_no_other(kind: int) -> None:
    counts = Counts()
    for each in KINDS:
        for _ in range(4):
            counts.add(each, 1.5)
    counts.fade(kind, 5)
    assert all(counts.of(each) == (4.0, 6.0) for each in KINDS)
    counts.fade(kind, 4)
    assert [counts.of(each) for each in KINDS] == [(2.0, 3.0) if each == kind else (4.0, 6.0) for each in KINDS]


def test_what_is_kept_comes_back() -> None:
    counts = Counts()
    for kind in KINDS:
        counts.add(kind, 10.0 + kind)
    assert Counts.restored(counts.kept()).kept() == counts.kept() == (1.0,) * 4 + (10.0, 11.0, 12.0, 13.0)


def test_tallies_that_count_something_else_are_refused_and_nothing_is_taken_of_them() -> None:
    tallies, fresh = Tallies(), Tallies()
    tallies.observe(1, "cheap", CHARGED, 3.0)
    route, by_query = as_kept(tallies.snapshot())
    with pytest.raises(msgspec.ValidationError):
        fresh.restore([{**route, "dear": [1.0, 2.0]}, by_query])
    assert len(fresh) == 0
    assert fresh.mean("cheap", CHARGED) is None
    fresh.restore([route, by_query])
    assert fresh.mean("cheap", CHARGED) == 3.0
    assert 1 in fresh
