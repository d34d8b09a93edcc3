import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.columns import parse_columns
from pantler.traces.reading import TraceFile, open_trace, stream_trace

GOOD = "".join(f'{{"key": {number % 50}, "size": 10, "cost": 1.5}}\n' for number in range(1000))

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": lambda plain: pyarrow.compress(plain, "zstd", asbytes=True),
}


def written(folder: Path, text: str) -> Path:
    (folder / "log.jsonl").write_text(text)
    return folder / "log.jsonl"


def test_bad_rows_are_left_out_counted_and_shown_with_their_lines(tmp_path: Path) -> None:
    bad = ["no json", "[1]", '{"key": 1, "size": 0, "cost": 1}', '{"key": 1, "size": 5, "cost": -1}', '{"size": 1}']
    trace = open_trace(written(tmp_path, GOOD + "\n".join(bad) + "\n" + '{"key": 2, "size": null, "cost": 1}'))
    assert len(trace) == 1000
    report = trace.bad_rows
    assert (report.count, report.total) == (6, 1006)
    assert [row.line for row in report.first] == [1001, 1002, 1003, 1004, 1005, 1006]
    reasons = [row.reason for row in report.first]
    assert reasons[0].startswith("JSON is malformed")
    assert reasons[1:] == ["no JSON object", "size is 0", "cost is -1", "no key", "size is missing or no number"]
    assert "line 1003: size is 0" in str(report)


def test_only_the_first_ten_are_shown_in_the_order_of_the_file() -> None:
    counter = BadRowCounter(total=100)
    for line in (50, 3, *range(60, 80), 1):
        counter.add(line, "wrong")
    report = counter.report()
    assert report.count == 23
    assert [row.line for row in report.first] == [1, 3, 50, *range(60, 67)]
    assert "13 more" in str(report)


def test_too_many_bad_rows_are_an_error_that_shows_them(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + '{"key": 1, "size": -4, "cost": 1}\n' * 20)
    with pytest.raises(TraceError, match=r"20 of 1,020 rows left out .line 1001: size is -4; .*10 more"):
        open_trace(path)
    assert len(open_trace(path, max_bad_share=0.02)) == 1000


def test_a_stream_ends_in_the_same_error(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "x\n" * 20)
    with pytest.raises(TraceError, match=r"20 of 1,020 rows"):
        list(stream_trace(path, chunk=100))


def test_a_file_of_nothing_but_bad_rows_is_refused_whatever_the_share(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="1 of 1 rows"):
        open_trace(written(tmp_path, '{"key": 1, "size": -4}\n'), max_bad_share=1.0)


@pytest.mark.parametrize("content", [b"", gzip.compress(b""), lzma.compress(b"")], ids=["plain", "gz", "xz"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(TraceError, match="the file is empty"):
        open_trace(tmp_path / "t")


def test_a_header_without_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("key,size\n")
    with pytest.raises(TraceError, match="no rows"):
        open_trace(tmp_path / "t.csv")


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_compressed_file_that_ends_early_is_an_error(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    noise = np.random.default_rng(1).integers(0, 10**9, 50_000)
    packed = pack("".join(f"{time} {key} 1\n" for time, key in enumerate(noise)).encode())
    (tmp_path / "t").write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(TraceError, match=r"ends early|cannot be read"):
        open_trace(tmp_path / "t", format="adaptsize")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gz", "xz"])
def test_a_corrupt_compressed_file_is_an_error(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(GOOD.encode()))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "t").write_bytes(packed)
    with pytest.raises(TraceError, match=r"corrupt past|ends early"):
        open_trace(tmp_path / "t", format="jsonl")


@pytest.mark.parametrize(("name", "size"), [("oraclegeneral", 24), ("cache2k", 4), ("int64be", 8)])
def test_a_file_of_no_whole_number_of_records_is_an_error(tmp_path: Path, name: str, size: int) -> None:
    (tmp_path / "t").write_bytes(b"\1" * (10 * size + 3))
    with pytest.raises(TraceError, match=f"3 bytes are left after 10 records of {size} bytes"):
        open_trace(tmp_path / "t", format=name)


def test_a_corrupt_parquet_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(TraceError, match="cut short or corrupt"):
        open_trace(tmp_path / "t.parquet")


def test_a_json_array_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="jq -c"):
        open_trace(written(tmp_path, '[{"key": 1}]'))


def test_a_log_without_a_key_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no key among the columns user, tokens; name it with --columns key=NAME"):
        open_trace(written(tmp_path, '{"user": 1, "tokens": 3}\n'))


def test_a_named_column_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no column 'who' for key; there are user, tokens"):
        open_trace(written(tmp_path, '{"user": 1, "tokens": 3}\n'), columns={"key": "who"})


def test_a_misspelt_meaning_is_an_error_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownPart, match="did you mean 'tokens_out'"):
        open_trace(written(tmp_path, '{"user": 1}\n'), columns="key=user,token_out=user")


def test_columns_that_are_no_pairs_are_an_error() -> None:
    with pytest.raises(TraceError, match="'prompt' is no name=column"):
        parse_columns("prompt")


def test_a_reader_says_so_where_the_format_was_named_wrongly(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="2 fields that do not read as times, keys, sizes"):
        TraceFile(written(tmp_path, "a b\n"), format="adaptsize").read()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_text_in_two_byte_letters_is_not_taken_for_binary_keys(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = tmp_path / "log.csv"
    path.write_bytes((mark + "key,size\n" + "".join(f"k{number % 50},10\n" for number in range(1000))).encode(encoding))
    with pytest.raises(TraceError, match=r"log\.csv: the text is in UTF-16; write it again in UTF-8"):
        open_trace(path)
    with pytest.raises(TraceError, match="UTF-16"):
        open_trace(path, format="csv")


def test_a_file_of_zeros_is_no_recording_of_keys(tmp_path: Path) -> None:
    (tmp_path / "holes").write_bytes(bytes(100_000))
    with pytest.raises(TraceError, match="bears no mark of a known format"):
        open_trace(tmp_path / "holes")


def test_a_folder_is_not_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="a folder; name one file in it"):
        open_trace(tmp_path)


def test_a_pipe_is_refused_since_a_recording_is_read_more_than_once() -> None:
    with pytest.raises(TraceError, match=r"/dev/null: no plain file.*write the content to a file first"):
        open_trace("/dev/null")


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(TraceError, match="None is no path of a recording"):
        open_trace(None)  # type: ignore[arg-type]
