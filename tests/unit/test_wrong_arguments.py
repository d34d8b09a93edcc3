"""Arguments of a wrong kind, which the library's calls refuse in sentences that name the remedy."""

import asyncio
import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pantler
from pantler.core.errors import CapacityError, ConfigError, PantlerError, TraceError, UnknownPart, WrongKind
from pantler.simulator.simulation import Sampling
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace, stream_trace
from pantler.traces.sample import sample_trace
from pantler.traces.trace import trace_of

NO_NUMBERS = ["text", b"7", [1], 1j, {}, np.array([1, 2])]
TRACE = trace_of([1, 2, 1, 3], sizes=[100, 200, 100, 300])


def kept(**settings: Any) -> pantler.Cache[str, object]:
    """A cache in which one value is kept, so that a refusal can lose it."""
    cache = pantler.Cache[str, object](policy="gdsf", **settings)
    with cache._lock:
        cache._items.keep("before", 0, 1.0, 1)
    return cache


def refused(cache: pantler.Cache[str, object], sentence: str, **given: Any) -> None:
    """Demand that a value is refused in that sentence, and that nothing else was done."""
    with pytest.raises(ConfigError, match=sentence):
        cache.put("new", 1, **given)
    assert list(cache) == ["before"]


@pytest.mark.parametrize("cost", [*NO_NUMBERS, math.nan, math.inf, -1, 10**400], ids=repr)
def test_what_is_no_cost_is_refused_given_or_returned(cost: Any) -> None:
    sentence = "a value's cost is a number of 0 or more, not .*; see what `cost` returns for it"
    refused(kept(), sentence, cost=cost)
    refused(kept(cost=lambda _: cost), sentence)


def test_a_cost_function_that_returns_nothing_is_refused() -> None:
    refused(kept(cost=lambda _: None), "a number of 0 or more, not None; see what `cost` returns")


@pytest.mark.parametrize("cost", [3, np.float32(3), np.int64(3), True])
def test_any_real_number_is_a_cost(cost: Any) -> None:
    assert kept().put("new", 1, cost=cost)


@pytest.mark.parametrize("size", [*NO_NUMBERS, None, math.nan, 2.5, -1], ids=repr)
def test_what_is_no_size_is_refused(size: Any) -> None:
    sentence = "a value's size is a whole number of bytes, not .*; see what `size` returns for it"
    refused(kept(capacity="1KB", size=lambda _: size), sentence)


@pytest.mark.parametrize(("size", "admitted"), [(0, True), (np.int64(7), True), (2**70, False)])
def test_a_size_past_counting_is_larger_than_the_cache(size: Any, admitted: bool) -> None:
    assert kept(capacity="1KB", size=lambda _: size).put("new", 1) is admitted


@pytest.mark.parametrize("ttl_seconds", [*NO_NUMBERS, math.nan, -1, 0, 10**400], ids=repr)
def test_what_is_no_lifetime_is_refused(ttl_seconds: Any) -> None:
    sentence = "ttl_seconds=.*: no lifetime; give seconds above 0, or None for no end"
    refused(kept(), sentence, ttl_seconds=ttl_seconds)
    with pytest.raises(ConfigError, match=sentence):
        pantler.Cache(ttl_seconds=ttl_seconds)


@pytest.mark.parametrize("capacity", [2**62, 10**30, "9" * 400 + "GB", "9999999TB"])
def test_a_capacity_past_counting_is_refused(capacity: int | str) -> None:
    with pytest.raises(CapacityError, match="past counting; give less"):
        pantler.Cache(capacity=capacity)


@pytest.mark.parametrize("policy", [None, 3, ["lru"], {}, b"lru"])
def test_what_is_no_name_of_a_policy_is_refused_with_those_there_are(policy: Any) -> None:
    with pytest.raises(UnknownPart, match=r"no policy named .*; (known: auto, gds|did you mean)"):
        pantler.Cache(policy=policy)


def yielding() -> Iterator[int]:
    yield 1


async def yielding_async() -> Any:
    yield 1


@pytest.mark.parametrize("function", [yielding, yielding_async])
def test_a_function_that_yields_is_refused(function: Callable[[], Any]) -> None:
    with pytest.raises(WrongKind, match=r"yields, and what it yielded is gone once read; let it return a list"):
        pantler.cached(function)


def test_a_function_without_a_name_is_remembered() -> None:
    assert pantler.cached(partial(int, "7"))() == 7


def test_an_object_that_is_called_and_awaited_is_remembered_as_a_coroutine_is() -> None:
    class Doubling:
        async def __call__(self, number: int) -> int:
            return 2 * number

    async def story() -> tuple[int, int]:
        double: Any = pantler.cached(Doubling())
        return await double(4), await double(4)

    assert asyncio.run(story()) == (8, 8)


def test_arguments_that_make_no_key_are_refused_with_the_remedy() -> None:
    async def later(_: object) -> int:
        return 1

    sentence = r"called with what makes no key \(unhashable type: 'list'\); give hashable arguments, or cached\(key="
    with pytest.raises(WrongKind, match=sentence):
        pantler.cached(len)([1])
    with pytest.raises(WrongKind, match=sentence):
        asyncio.run(pantler.cached(later)([1]))


def test_a_type_error_of_a_key_that_can_be_hashed_stays_what_it_was() -> None:
    class Odd:
        def __hash__(self) -> int:
            return 1

        def __eq__(self, _: object) -> bool:
            raise TypeError("my own")

    remembered = pantler.cached(lambda _: 1)
    remembered(Odd())
    with pytest.raises(TypeError, match="my own"):
        remembered(Odd())


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"progress": 5}, ConfigError, "progress=5: no function; give one that takes a number of requests, or None"),
        ({"progress": "bar"}, ConfigError, "progress='bar': no function"),
        ({"hold": -1}, ConfigError, "hold=-1: no number of requests; give a whole number of 0 or more"),
        ({"hold": 1.5}, ConfigError, r"hold=1\.5: no number of requests"),
        ({"hold": None}, ConfigError, "hold=None: no number of requests"),
        ({"lane": ["sweep"]}, UnknownPart, "no lane named "),
        ({"lane": np.array([1, 2])}, UnknownPart, "no lane named .*; known: replay, sweep"),
        ({"policies": [["lru"]]}, UnknownPart, r"no policy named \['lru'\]"),
        ({"capacities": ["²"]}, CapacityError, "'²' cannot be read; write a share such as 2%"),
        (
            {"capacities": ["9" * 400 + "%"]},
            CapacityError,
            "past counting; give less, and of a trace 100%",
        ),
        ({"capacities": ["9" * 5000]}, CapacityError, "past counting; give less, and of a trace 100%"),
        (
            {"capacities": ["9" * 400 + "GB"]},
            CapacityError,
            "past counting; give less, and of a trace 100%",
        ),
    ],
    ids=count(),
)
def test_simulate_refuses_what_it_has_no_use_for(given: Any, kind: type[PantlerError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        pantler.simulate(TRACE, **{"policies": ["lru"], "capacities": ["50%"], **given})


@pytest.mark.parametrize("rate", ["text", None, math.nan, 0, 1.5])
def test_what_is_no_share_of_the_keys_draws_no_sample(rate: Any) -> None:
    for draw in (Sampling, lambda rate: sample_trace(TRACE, rate=rate)):
        with pytest.raises(ConfigError, match="out of range; give the share of the keys to keep, above 0 up to 1"):
            draw(rate)


@pytest.mark.parametrize("seed", ["text", None, 1.5, -1])
def test_what_is_no_seed_draws_no_sample(seed: Any) -> None:
    with pytest.raises(ConfigError, match="names no draw; give a whole number from 0"):
        Sampling(0.5, seed)


@pytest.mark.parametrize("spec", [None, 3, b"zipf:", ["zipf:"]])
def test_what_is_no_specification_generates_nothing(spec: Any) -> None:
    with pytest.raises(ConfigError, match="asks for no trace; write for example zipf:"):
        generate(spec)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("zipf:keys=inf", "keys=inf: no whole number; give a whole number from 1 to 1e9"),
        ("zipf:requests=1e400", "requests=1e400: no whole number"),
        ("zipf:keys=nan", "keys=nan: no whole number"),
        ("zipf:keys=5,keys=6", "generator option keys stands twice; give it once"),
    ],
)
def test_a_specification_that_cannot_be_met_names_the_option(spec: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        generate(spec)


def test_a_trace_past_memory_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError("unable to allocate 14.9 GiB")

    monkeypatch.setattr("pantler.traces.generate.draw_ranks", full)
    with pytest.raises(ConfigError, match=r"2,000 requests for 10 keys do not fit into memory \(un.*\); ask for fewer"):
        generate("zipf:keys=10,requests=2000")


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"columns": 3}, TraceError, "columns: 3 names none; write for example key=prompt_hash"),
        ({"columns": ["key"]}, TraceError, r"columns: \['key'\] names none"),
        ({"columns": {"key": 3}}, TraceError, r"columns: \{'key': 3\} names none"),
        ({"columns": "key=a,key=b"}, TraceError, "columns: key stands twice; name one column"),
        ({"max_bad_share": "x"}, ConfigError, "max_bad_share 'x': out of range; give a share of the rows, 0 to 1"),
        ({"max_bad_share": None}, ConfigError, "max_bad_share None: out of range"),
        ({"format": 3}, UnknownPart, "no trace format named 3; known: "),
    ],
    ids=count(),
)
def test_a_reader_refuses_what_it_has_no_use_for(
    given: Any, kind: type[PantlerError], sentence: str, tmp_path: Path
) -> None:
    recording = tmp_path / "log.csv"
    recording.write_text("key,cost\n1,2\n2,3\n")
    with pytest.raises(kind, match=sentence):
        open_trace(recording, **given)


@pytest.mark.parametrize("chunk", [0, -1, 1.5, "x", None])
def test_parts_of_no_length_are_refused(chunk: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no number of requests; give a whole number of 1 or more"):
        list(stream_trace(tmp_path, chunk=chunk))


@pytest.mark.parametrize(
    "keys", ["abc", ["a", "b"], [1.5, 2.0], [math.nan], [[1, 2]], None, 3, [2**64], [None]], ids=repr
)
def test_keys_that_are_no_whole_numbers_make_no_trace(keys: Any) -> None:
    with pytest.raises(
        TraceError, match=r"keys: shape .*; give one whole number of 64 bits for each request, as numpy"
    ):
        trace_of(keys)


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        *((column, ["a", "b"], f"{column}: .*; give an array of numbers") for column in ("sizes", "costs", "times")),
        *(("sizes", [size, 1], "every size must be at least one byte") for size in (math.nan, math.inf, 1e30, None)),
        *(("costs", [cost, 1], "every cost must be zero or more") for cost in (math.nan, math.inf, -1, None)),
    ],
)
def test_columns_that_cannot_be_counted_make_no_trace(column: str, values: Any, sentence: str) -> None:
    with pytest.raises(TraceError, match=sentence):
        trace_of([1, 2], **{column: values})


@pytest.mark.parametrize(
    ("path", "sentence"),
    [(None, "None is no path of a picture; write for example"), (3, "3 is no path"), ("saved.foo", "names no format")],
)
def test_a_picture_goes_to_a_file_that_can_be_drawn(path: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        pantler.simulate(TRACE, policies=["lru"], capacities=["50%"]).plot(path)


def test_a_picture_makes_no_folder_as_no_command_does(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory; name another file"):
        pantler.simulate(TRACE, policies=["lru"], capacities=["50%"]).plot(tmp_path / "new" / "saved.svg")
    assert not (tmp_path / "new").exists()
