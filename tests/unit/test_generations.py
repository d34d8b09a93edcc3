"""What was written last is remembered, and no more than twice as much as was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from pantler.core.generations import Generations


@given(st.lists(st.tuples(st.integers(0, 20), st.text(max_size=2)), max_size=80), st.integers(1, 8))
def test_the_last_keys_are_remembered_and_few_others(written: list[tuple[int, str]], most: int) -> None:
    kept: Generations[int, str] = Generations(most)
    for at, (key, value) in enumerate(written, 1):
        kept.write(key, value)
        newest = dict(written[:at])
        last = list(dict.fromkeys(one for one, _ in reversed(written[:at])))[:most]
        assert [kept.get(one) for one in last] == [newest[one] for one in last]
        assert len(kept) <= 2 * most
        assert all(kept.get(one) in (None, newest.get(one)) for one in range(21))


def test_what_is_renewed_outlives_what_was_written_with_it() -> None:
    kept: Generations[int, str] = Generations(2)
    for key in range(3):
        kept.write(key, str(key))
    assert kept.renew(0) == "0"
    kept.write(3, "3")
    assert [kept.get(key) for key in range(4)] == ["0", None, "2", "3"]
    assert kept.renew(9) is None
    kept.clear()
    assert len(kept) == 0
