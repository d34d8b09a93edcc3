"""Text recordings as machines of all kinds leave them."""

from pathlib import Path

import numpy as np
import pytest

from pantler.core.errors import TraceError
from pantler.traces.reading import open_trace, stream_trace
from pantler.traces.trace import Trace

ROWS = [f"{100 + i} {i % 7} {10 + i % 7}" for i in range(100)]
KEYS = [i % 7 for i in range(100)]
MOONCAKE = [
    f'{{"timestamp": {i}, "input_length": 600, "output_length": 1, "hash_ids": [{i % 3}, {i}]}}' for i in range(9)
]


def written(tmp_path: Path, text: str, name: str = "odd") -> Trace:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return open_trace(path)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(ROWS),
        "\n".join(ROWS) + "\n",
        "\r\n".join(ROWS) + "\r\n",
        "\r".join(ROWS),
        "\n\n".join(ROWS),
        "\n \n" + "\n".join(ROWS) + "\n\n\n",
        "\ufeff" + "\n".join(ROWS),
        "\n".join(f"  {row.replace(' ', chr(9))}  " for row in ROWS),
    ],
    ids=["no-last-end", "plain", "crlf", "cr", "blank-between", "blank-around", "bom", "tabs-and-margins"],
)
def test_line_ends_blank_lines_and_margins_change_nothing(tmp_path: Path, text: str) -> None:
    trace = written(tmp_path, text)
    assert trace.keys is not None
    assert trace.keys.tolist() == KEYS
    assert trace.sizes.tolist() == [10 + key for key in KEYS]
    assert trace.bad_rows.count == 0
    parts = list(stream_trace(tmp_path / "odd", chunk=30))
    assert np.array_equal(np.concatenate([part.ids for part in parts]), trace.ids)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("# time id size", "4 fields that do not read"),
        ("1 2 0", "size is 0"),
        ("1 2 -3", "size is -3"),
        ("1 2 9e30", "size is 9e+30"),
        ("1 2", "2 fields that do not read"),
        ("\0\0 what", "2 fields that do not read"),
    ],
)
def test_a_damaged_line_is_named_and_the_format_still_recognised(tmp_path: Path, line: str, reason: str) -> None:
    trace = written(tmp_path, "\n".join([line, *ROWS]))
    assert len(trace) == 100
    assert trace.bad_rows.first[0].line == 1
    assert reason in trace.bad_rows.first[0].reason


def test_negative_keys_and_keys_of_more_than_64_bits_stay_apart(tmp_path: Path) -> None:
    names = ["-5", str(2**64 - 5), "9" * 25, "9" * 26, str(2**64), "0"]
    trace = written(tmp_path, "\n".join(f"1 {name} 10" for name in names))
    assert trace.distinct == len(names) - 1  # -5 is 2**64 - 5 in 64 bits


def test_text_with_zero_bytes_in_it_is_no_run_of_binary_keys(tmp_path: Path) -> None:
    text = "\n".join(f"some {i % 5} words\0" for i in range(500))
    with pytest.raises(TraceError, match="no mark of a known format"):
        written(tmp_path, text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\r"])
def test_json_lines_may_be_blank_or_end_as_they_like(tmp_path: Path, end: str) -> None:
    trace = written(tmp_path, end + end.join(MOONCAKE))
    assert len(trace) == 18
    assert trace.cost_names == ("prefill",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\n\r\n", "\r"])
def test_a_csv_may_have_blank_lines_even_before_its_header(tmp_path: Path, end: str) -> None:
    trace = written(tmp_path, end + "key,size" + end + end.join(["a,1", "b,2", "a,x", *["a,1"] * 200]))
    assert trace.distinct == 2
    assert trace.bad_rows.count == 1
    assert trace.bad_rows.first[0].line == 5 + 4 * (len(end) == 4)


def test_sizes_that_no_machine_could_hold_are_an_error_and_not_an_overflow(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_text("\n".join(f"1 {key} {2**40 - 1}" for key in range(5_000_000 // 10**4)))
    trace = open_trace(path)
    assert trace.footprint == 500 * (2**40 - 1)
    with pytest.raises(TraceError, match="size is"):
        written(tmp_path, "\n".join(f"1 {key} {2**41}" for key in range(50)))


def test_columns_for_a_format_that_has_its_own_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_text("\n".join(ROWS))
    with pytest.raises(TraceError, match="adaptsize has columns of its own"):
        open_trace(path, columns="key=x")
