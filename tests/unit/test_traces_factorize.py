import numpy as np
import pytest

from pantler.core.errors import TraceError
from pantler.traces import factorize as module
from pantler.traces.factorize import DictFactorizer, factorize, new_factorizer
from pantler.traces.hash_table import HashTable
from pantler.traces.trace import trace_of


def test_ids_are_dense_in_order_of_first_appearance() -> None:
    ids, distinct = factorize(np.array([7, 3, 7, 2**64 - 1, 0, 3], np.uint64))
    assert ids.tolist() == [0, 1, 0, 2, 3, 1]
    assert distinct.tolist() == [7, 3, 2**64 - 1, 0]


def test_keys_that_share_their_low_bits_stay_apart() -> None:
    keys = np.arange(50_000, dtype=np.uint64) << np.uint64(44)
    ids, distinct = factorize(np.concatenate([keys, keys[::-1]]))
    assert len(distinct) == 50_000
    assert (distinct[ids[50_000:]] == keys[::-1]).all()


def test_the_table_grows_in_the_middle_of_a_call_without_losing_a_key() -> None:
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 30_000, 100_000).astype(np.uint64)
    table = HashTable()
    ids = table.ids(keys)
    assert (table.keys[ids] == keys).all()
    assert len(np.unique(table.keys)) == table.distinct


def test_without_numba_the_ids_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    plain = new_factorizer()
    assert isinstance(plain, DictFactorizer)
    keys = np.random.default_rng(2).integers(0, 500, 3000).astype(np.uint64)
    table = HashTable()
    for part in np.array_split(keys, 4):
        assert plain.ids(part).tolist() == table.ids(part).tolist()
    assert plain.keys.tolist() == table.keys.tolist()
    assert plain.distinct == table.distinct


def test_a_trace_from_columns_fills_in_unit_sizes_and_costs() -> None:
    trace = trace_of([5, 5, 9])
    assert trace.sizes.tolist() == [1, 1, 1]
    assert trace.costs.tolist() == [[1.0], [1.0], [1.0]]
    assert (trace.cost_names, trace.cost_unit, trace.own) == (("unit",), "misses", frozenset())


def test_negative_integer_keys_are_taken_by_their_bits() -> None:
    trace = trace_of(np.array([-1, -2, -1]))
    assert trace.keys is not None
    assert trace.keys.tolist() == [2**64 - 1, 2**64 - 2, 2**64 - 1]


def test_the_footprint_counts_each_key_once_at_its_largest_size() -> None:
    assert trace_of([1, 2, 1], sizes=[10, 5, 30]).footprint == 35


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sizes": [1]}, "sizes: shape"),
        ({"sizes": [1, 0]}, "at least one byte"),
        ({"costs": [1.0, -1.0]}, "zero or more"),
        ({"costs": [1.0, float("nan")]}, "zero or more"),
        ({"costs": [1.0]}, "costs: shape"),
    ],
)
def test_columns_that_make_no_sense_are_refused(columns: dict[str, list[float]], message: str) -> None:
    with pytest.raises(TraceError, match=message):
        trace_of([1, 2], **columns)
