import gzip
import json
import lzma
import struct
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from pantler.core.errors import PantlerError, TraceError, UnknownPart
from pantler.traces.big_endian import key_width
from pantler.traces.reading import open_trace
from pantler.traces.recognise import format_names, load_format
from pantler.traces.trace import trace_of
from pantler.traces.writing import write_trace


def repeating(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).zipf(1.3, count) % 1000


def test_every_format_says_what_it_is() -> None:
    assert len(format_names()) == 13
    for name in format_names():
        assert load_format(name).SUMMARY


def test_an_unknown_format_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'cache2k'"):
        load_format("cache2")


def test_four_byte_keys_are_recognised_and_sign_extended(tmp_path: Path) -> None:
    keys = repeating(5000) - 500
    (tmp_path / "t").write_bytes(keys.astype(">i4").tobytes())
    trace = open_trace(tmp_path / "t")
    assert trace.keys is not None
    assert trace.keys.view(np.int64).tolist() == keys.tolist()


@pytest.mark.parametrize("spread", [1, 0x9E3779B97F4A7C15])
def test_eight_byte_keys_are_recognised_small_or_hashed(tmp_path: Path, spread: int) -> None:
    keys = repeating(5000).astype(np.uint64) * np.uint64(spread)
    (tmp_path / "t").write_bytes(keys.astype(">u8").tobytes())
    trace = open_trace(tmp_path / "t")
    assert trace.keys is not None
    assert (trace.keys == keys).all()


def test_a_guess_at_bare_keys_is_told_and_a_format_that_was_named_is_none(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(repeating(5000).astype(">i4").tobytes())
    (note,) = (note for note in open_trace(tmp_path / "t").notes if note.startswith("format: "))
    assert "taken for cache2k (big-endian int32 keys" in note
    assert "--format names another" in note
    assert not open_trace(tmp_path / "t", format="cache2k").notes


def test_keys_that_never_come_back_are_asked_about_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(np.random.default_rng(1).bytes(40_000))
    with pytest.raises(TraceError, match="name it with --format, one of adaptsize"):
        open_trace(tmp_path / "t")
    assert len(open_trace(tmp_path / "t", format="cache2k")) == 10_000
    assert len(open_trace(tmp_path / "t", format="int64be")) == 5_000


def test_records_of_several_fields_are_not_taken_for_bare_keys() -> None:
    fields = np.zeros((3000, 3), ">u4")
    fields[:, 0], fields[:, 1], fields[:, 2] = np.arange(3000), repeating(3000), 7
    assert key_width(fields.tobytes()) is None


def test_oracle_general_is_read_field_by_field(tmp_path: Path) -> None:
    rows = [(0, 2**63, 10, 2), (1, 7, 20, -1), (5, 2**63, 10, -1)]
    (tmp_path / "t").write_bytes(b"".join(struct.pack("<IQIq", *row) for row in rows))
    trace = open_trace(tmp_path / "t")
    assert trace.keys is not None
    assert trace.times is not None
    assert trace.keys.tolist() == [2**63, 7, 2**63]
    assert trace.sizes.tolist() == [10, 20, 10]
    assert trace.times.tolist() == [0.0, 1.0, 5.0]
    assert trace.own == {"size"}


def test_adaptsize_lines_hold_time_key_size(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("1 0 68\n2 1 7454\n3 0 68\n")
    trace = open_trace(tmp_path / "t")
    assert trace.ids.tolist() == [0, 1, 0]
    assert trace.sizes.tolist() == [68, 7454, 68]


def test_penalties_are_costs_of_a_miss(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("s 0x1fffff50 1 1 100\nl 0x1fffff58 1 1 10\n")
    trace = open_trace(tmp_path / "t")
    assert trace.keys is not None
    assert trace.keys.tolist() == [0x1FFFFF50, 0x1FFFFF58]
    assert trace.costs.tolist() == [[100.0], [10.0]]
    assert trace.cost_names == ("miss_penalty",)


def test_a_mooncake_prompt_is_one_request_for_each_block(tmp_path: Path) -> None:
    prompts = [
        {"timestamp": 0, "input_length": 1030, "hash_ids": [0, 1, 2]},
        {"timestamp": 3000, "input_length": 1024, "hash_ids": [0, 5]},
    ]
    (tmp_path / "t").write_text("".join(json.dumps(prompt) + "\n" for prompt in prompts))
    trace = open_trace(tmp_path / "t")
    assert trace.times is not None
    assert trace.ids.tolist() == [0, 1, 2, 0, 3]
    assert trace.costs[:, 0].tolist() == [512.0, 512 * (1 + 512 / 8192), 512 * (1 + 1024 / 8192), 512.0, 544.0]
    assert trace.times.tolist() == [0.0, 0.0, 0.0, 3.0, 3.0]
    assert set(trace.sizes) == {1}


def test_blocks_of_another_length_are_refused_since_their_price_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(json.dumps({"timestamp": 0, "input_length": 32, "hash_ids": [0, 1]}) + "\n")
    with pytest.raises(TraceError, match="2 blocks of 512 tokens for 32 tokens"):
        open_trace(tmp_path / "t")


def test_libcachesim_csv_takes_libcachesims_own_parameters(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ts;size;name\n1;10;a\n2;20;b\n3;10;a\n")
    columns = "time-col=1,obj-id-col=3,obj-size-col=2,delimiter=;,has-header=true"
    trace = open_trace(tmp_path / "t.csv", format="libcachesim_csv", columns=columns)
    assert trace.ids.tolist() == [0, 1, 0]
    assert trace.sizes.tolist() == [10, 20, 10]


def test_libcachesim_csv_without_its_key_column_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,10,a\n")
    with pytest.raises(TraceError, match="--columns obj-id-col=2"):
        open_trace(tmp_path / "t.csv", format="libcachesim_csv")
    with pytest.raises(UnknownPart, match="did you mean 'obj-id-col'"):
        open_trace(tmp_path / "t.csv", format="libcachesim_csv", columns="obj-id=2")


@pytest.mark.parametrize("ending", ["", ".gz", ".xz", ".zst"])
def test_compressed_files_read_like_plain_ones(tmp_path: Path, ending: str) -> None:
    plain = "".join(f"{time} {time % 7} {time % 100 + 1}\n" for time in range(5000)).encode()
    packed = {
        "": lambda: plain,
        ".gz": lambda: gzip.compress(plain),
        ".xz": lambda: lzma.compress(plain),
        ".zst": lambda: pyarrow.compress(plain, "zstd", asbytes=True),
    }[ending]()
    (tmp_path / f"t{ending}").write_bytes(packed)
    trace = open_trace(tmp_path / f"t{ending}")
    assert (len(trace), trace.distinct) == (5000, 7)


@pytest.mark.parametrize(
    "content",
    [
        b"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n",
        b"\0" * 257 + b"ustar" + b"\0" * 250,
    ],
)
def test_token_statistics_are_refused_as_a_trace_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(TraceError, match="--generate from:"):
        open_trace(tmp_path / "t")


def test_libcachesims_format_survives_writing_with_the_next_access_in_place(tmp_path: Path) -> None:
    trace = trace_of([4, 5, 4, 4], sizes=[1, 2, 1, 1], times=[0, 0, 1, 9])
    write_trace(trace, tmp_path / "t.oracleGeneral")
    content = (tmp_path / "t.oracleGeneral").read_bytes()
    rows = [struct.unpack_from("<IQIq", content, 24 * row) for row in range(4)]
    assert rows == [(0, 4, 1, 3), (0, 5, 2, -1), (1, 4, 1, 4), (9, 4, 1, -1)]


def test_what_libcachesims_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="sizes do not fit"):
        write_trace(trace_of([1], sizes=[2**32]), tmp_path / "t.oracleGeneral")


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PantlerError, match="no such file"):
        open_trace(tmp_path / "nowhere")
