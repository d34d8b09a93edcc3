import pytest

from pantler.core.survival import HORIZON, Survival


def test_a_query_is_not_expected_to_come_more_often_than_it_has() -> None:
    assert [Survival().expected(count) for count in (0.0, 1.0, 2.0, 5.0, 40.0)] == [0.0, 0.0, 1.0, 4.0, 39.0]


def test_answers_that_leave_early_are_expected_to_serve_less() -> None:
    seen = Survival()
    for _ in range(640):
        seen.hit(4.0)
        seen.ended(5.0)
    assert seen.expected(5.0) < 0.1
    assert seen.expected(4.0) == pytest.approx(1.0, abs=0.05)


def test_what_was_seen_long_ago_fades() -> None:
    seen = Survival()
    for _ in range(2560):
        seen.ended(3.0)
    early = seen.expected(3.0)
    for _ in range(4 * HORIZON):
        seen.hit(3.0)
    assert early < 0.1
    assert 0.8 < seen.expected(3.0) <= 2.0


def test_large_counts_share_places() -> None:
    seen = Survival()
    for count in range(8, 4000):
        seen.hit(float(count))
        seen.ended(float(count))
    assert 0.5 < seen.expected(1000.0) < 2.0
    assert seen.expected(1e9) < 3.0


def test_the_table_outlives_the_process() -> None:
    seen, fresh = Survival(), Survival()
    for _ in range(128):
        seen.ended(3.0)
    fresh.restore(seen.snapshot())
    assert fresh.expected(3.0) == seen.expected(3.0) < 0.1
