import gzip
import json
import lzma
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pantler.core.errors import PantlerError
from pantler.traces.factorize import DictFactorizer
from pantler.traces.generate import generate
from pantler.traces.hash_table import HashTable
from pantler.traces.reading import TraceFile, open_trace
from pantler.traces.spec import parse_spec
from pantler.traces.trace import Trace, trace_of
from pantler.traces.writing import write_trace

COLUMNS = ("keys", "sizes", "costs", "times", "tokens_in", "tokens_out")
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def same(one: Trace, other: Trace) -> bool:
    columns = [(getattr(one, name), getattr(other, name)) for name in ("ids", *COLUMNS)]
    return all((a is None) == (b is None) and (a is None or np.array_equal(a, b)) for a, b in columns)


def joined(parts: list[Trace], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in parts])


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    count, models = draw(st.integers(1, 60)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pool = rng.integers(0, 2**64, draw(st.integers(1, 20)), dtype=np.uint64)
    return trace_of(
        rng.choice(pool, count),
        sizes=rng.integers(1, 2**31, count),
        costs=rng.exponential(size=(count, models)) * (rng.random((count, models)) > 0.2),
        times=np.sort(rng.integers(0, 2**32, count)) if draw(st.booleans()) else None,
    )


@in_one_folder
@given(trace=traces())
def test_parquet_gives_back_every_column(tmp_path: Path, trace: Trace) -> None:
    write_trace(trace, tmp_path / "t.parquet")
    again = open_trace(tmp_path / "t.parquet")
    assert same(trace, again)
    assert (again.cost_names, again.cost_unit, again.notes) == (trace.cost_names, trace.cost_unit, trace.notes)


@in_one_folder
@given(trace=traces())
def test_libcachesims_format_gives_back_keys_sizes_and_times(tmp_path: Path, trace: Trace) -> None:
    write_trace(trace, tmp_path / "t.oracleGeneral")
    again = open_trace(tmp_path / "t.oracleGeneral", format="oraclegeneral")
    assert np.array_equal(again.keys, trace.keys)
    assert np.array_equal(again.sizes, trace.sizes)
    assert np.array_equal(again.times, np.zeros(len(trace)) if trace.times is None else trace.times)


def log_line(number: int) -> str:
    fields = {"key": f"k{number * number % 37}", "size": number % 9, "cost": 0.5 * number, "time": number}
    return "{broken" if number % 50 == 7 else json.dumps(fields)


PROMPTS = [{"timestamp": n, "input_length": 512 * (n % 7), "hash_ids": list(range(n % 7))} for n in range(300)]
SAMPLES: dict[str, bytes] = {
    "oraclegeneral": b"".join(struct.pack("<IQIq", n, n * n % 37, n % 9 + (n % 50 != 7), -1) for n in range(300)),
    "cache2k": (np.arange(900) ** 2 % 37).astype(">i4").tobytes(),
    "int64be": (np.arange(900) ** 2 % 37).astype(">i8").tobytes(),
    "adaptsize": "".join(f"{n} {n * n % 37} {n % 50}\n" for n in range(400)).encode(),
    "penalties": "".join(f"l 0x{n * n % 37:x} 1 1 {n % 90}\n" for n in range(400)).encode(),
    "mooncake": "".join(json.dumps(prompt) + "\n" for prompt in PROMPTS).encode(),
    "jsonl": "".join(log_line(n) + "\n" for n in range(300)).encode(),
    "csv": ("key,size,cost\n" + "".join(f'"k{n % 37}",{n % 9},1\n' for n in range(300))).encode(),
    "vllm": "".join(f"Request r{n} details: prompt: 'p{n % 9}', prompt_token_ids: [1]\n" for n in range(300)).encode(),
}


def written(folder: Path, name: str) -> Path:
    path = folder / name
    if name == "parquet":
        write_trace(generate("zipf:keys=30,requests=300,models=1/20"), path)
    else:
        path.write_bytes(SAMPLES[name])
    return path


@in_one_folder
@given(chunk=st.integers(1, 400))
@pytest.mark.parametrize("name", [*SAMPLES, "parquet"])
def test_any_chunk_size_gives_the_same_trace(tmp_path: Path, name: str, chunk: int) -> None:
    file = TraceFile(written(tmp_path, name), format=name, max_bad_share=0.5)
    whole, parts = file.read(), list(file.parts(chunk))
    assert {len(part) for part in parts[:-1]} <= {chunk}
    assert all(
        np.array_equal(joined(parts, column), getattr(whole, column)) for column in ("ids", "keys", "sizes", "costs")
    )
    assert parts[-1].distinct == whole.distinct
    assert parts[-1].bad_rows == whole.bad_rows


def is_trace_or_our_error(path: Path, name: str | None) -> bool:
    """Whether the file either has at least one request or is refused by its name; any other error passes through."""
    try:
        trace = open_trace(path, format=name)
    except PantlerError as error:
        return str(path) in str(error)
    return len(trace) >= 1 and trace.sizes.min() >= 1 and trace.costs.min() >= 0


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": lambda plain: pyarrow.compress(plain, "zstd", asbytes=True),
}


@in_one_folder
@given(cut=st.floats(0, 1), packer=st.sampled_from(list(PACKERS)))
@pytest.mark.parametrize("name", [*SAMPLES, "parquet"])
def test_a_file_cut_anywhere_is_a_trace_or_an_error_of_ours(tmp_path: Path, name: str, cut: float, packer: str) -> None:
    path = written(tmp_path, name)
    content = PACKERS[packer](path.read_bytes())
    path.write_bytes(content[: int(len(content) * cut)])
    for wanted in (name, None):
        assert is_trace_or_our_error(path, wanted)


@in_one_folder
@given(data=st.data(), packer=st.sampled_from(["plain", "gz", "xz"]))
@pytest.mark.parametrize("name", [*SAMPLES, "parquet"])
def test_a_file_with_damaged_bytes_is_a_trace_or_an_error_of_ours(
    tmp_path: Path, name: str, data: st.DataObject, packer: str
) -> None:
    content = bytearray(PACKERS[packer](written(tmp_path, name).read_bytes()))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "t").write_bytes(content)
    for wanted in (name, None):
        assert is_trace_or_our_error(tmp_path / "t", wanted)


@given(content=st.binary(max_size=3000))
@in_one_folder
def test_arbitrary_bytes_are_a_trace_or_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    for name in (None, *SAMPLES):
        assert is_trace_or_our_error(tmp_path / "t", name)


@given(data=st.data())
def test_both_factorizers_agree_however_the_keys_are_cut(data: st.DataObject) -> None:
    pool = data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30))
    keys = np.array(data.draw(st.lists(st.sampled_from(pool), max_size=200)), np.uint64)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(keys)), max_size=4)))
    table, plain = HashTable(), DictFactorizer()
    for part in np.split(keys, cuts):
        assert np.array_equal(table.ids(part), plain.ids(part))
    order = list(dict.fromkeys(keys.tolist()))
    assert table.keys.tolist() == plain.keys.tolist() == order


@given(
    seed=st.integers(0, 100),
    keys=st.integers(1, 200),
    flood=st.floats(0, 1),
    drift=st.floats(0, 1),
    law=st.sampled_from(["zipf", "power"]),
)
def test_every_made_trace_is_sound(seed: int, keys: int, flood: float, drift: float, law: str) -> None:
    spec = f"{law}:keys={keys},requests=300,seed={seed},flood={flood},drift={drift},epoch=50"
    trace = generate(spec)
    assert len(trace) == 300
    assert list(dict.fromkeys(trace.ids.tolist())) == list(range(trace.distinct))
    assert trace.sizes.min() >= 1
    assert trace.costs.min() > 0


@given(text=st.text(max_size=60))
def test_any_text_is_a_spec_or_an_error_of_ours(text: str) -> None:
    for spec in (text, f"zipf:{text}", f"from:f,{text}"):
        with suppress(PantlerError):
            assert parse_spec(spec).requests >= 1
