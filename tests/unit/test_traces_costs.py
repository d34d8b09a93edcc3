import numpy as np
import pytest

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.costs import drawn_by_key, with_costs, with_own_costs
from pantler.traces.trace import Trace, trace_of

TABLE = np.exp(np.random.default_rng(5).normal(5.3, 1.1, 65536))
BITS = 2**64 - 1


def drawn_by_hand(key: int) -> tuple[float, float]:
    """The formula of the design note in Python's own integers."""
    h = key * 0x9E3779B97F4A7C15 & BITS
    h ^= h >> 29
    h = h * 0xBF58476D1CE4E5B9 & BITS
    h ^= h >> 32
    tokens = min(max(float(TABLE[h % 65536]), 1.0), 4096.0)
    return tokens, tokens * (20 if (h >> 20) % 10 < 3 else 1)


def test_tokens_and_costs_follow_the_hash_of_the_design_note() -> None:
    keys = [0, 1, 2, 12345, 2**63, 2**64 - 1, *range(1000, 1200)]
    tokens, costs = drawn_by_key(np.array(keys, np.uint64))
    assert list(zip(tokens.tolist(), costs.tolist(), strict=True)) == [drawn_by_hand(key) for key in keys]


def test_three_keys_in_ten_are_dear() -> None:
    tokens, costs = drawn_by_key(np.arange(100_000, dtype=np.uint64))
    assert abs((costs > tokens).mean() - 0.3) < 0.01


def test_tokens_draw_sizes_and_say_so() -> None:
    trace = with_costs(trace_of([1, 2, 1]), "tokens")
    assert trace.sizes.tolist() == [round(drawn_by_hand(key)[0] * 4 + 64) for key in (1, 2, 1)]
    assert any("fixed hash of the key" in note for note in trace.notes)
    assert any("4 bytes a token" in note for note in trace.notes)


def test_tokens_leave_the_recordings_own_sizes_alone() -> None:
    sized = with_costs(trace_of([1, 2], sizes=[10, 20]), "tokens")
    assert sized.sizes.tolist() == [10, 20]
    assert sized.costs[:, 0].tolist() == [drawn_by_hand(key)[1] for key in (1, 2)]
    assert "sizes are the recording's own" in sized.notes


def test_tokens_asked_for_are_drawn_even_where_the_recording_has_costs_and_it_says_so() -> None:
    costed = with_costs(trace_of([1, 2], costs=[[3.0, 30.0], [4.0, 40.0]]), "tokens")
    assert costed.costs.tolist() == [[drawn_by_hand(key)[1]] for key in (1, 2)]
    assert costed.cost_names == ("tokens",)
    assert any("fixed hash of the key" in note and "recording's own are left aside" in note for note in costed.notes)


@pytest.mark.parametrize(("costs", "kept"), [([3.0, 4.0], [3.0, 4.0]), ([[3.0, 2.0], [4.0, 40.0]], [2.0, 4.0])])
def test_own_costs_are_the_recordings_and_of_several_models_the_least(costs: list[object], kept: list[float]) -> None:
    assert with_own_costs(trace_of([1, 2], costs=costs)).costs[:, 0].tolist() == kept


def test_own_costs_are_drawn_where_the_recording_has_none() -> None:
    assert with_own_costs(trace_of([1])).costs.tolist() == [[drawn_by_hand(1)[1]]]


def test_unit_costs_replace_any_other() -> None:
    trace = with_costs(trace_of([1, 2], costs=[3.0, 4.0]), "unit")
    assert trace.costs.tolist() == [[1.0], [1.0]]
    assert trace.cost_unit == "misses"


def test_a_column_is_chosen_by_its_name() -> None:
    trace = with_costs(trace_of([1, 2], costs=[[3.0, 30.0], [4.0, 40.0]]), "cost_2")
    assert trace.costs.tolist() == [[30.0], [40.0]]
    assert trace.cost_names == ("cost_2",)


def test_a_column_that_is_not_there_is_an_error_with_the_remedy() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'tokens'"):
        with_costs(trace_of([1]), "token")


def test_tokens_need_the_raw_keys() -> None:
    bare = Trace(ids=np.zeros(1, np.int32), sizes=np.ones(1, np.int64), costs=np.ones((1, 1)), distinct=1)
    with pytest.raises(TraceError, match="raw keys"):
        with_costs(bare, "tokens")
