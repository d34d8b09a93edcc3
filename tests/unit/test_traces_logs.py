import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from pantler.core.errors import MissingExtra, TraceError
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace
from pantler.traces.values import key_of


def chat(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def spend_log(number: int, text: str, **changes: Any) -> dict[str, Any]:
    """A row of LiteLLM_SpendLogs as the proxy writes it with store_prompts_in_spend_logs."""
    row = {
        "request_id": f"chatcmpl-{number}",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.001 * (number + 1),
        "total_tokens": 30,
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "startTime": f"2025-03-26T17:10:{number:02d}.500",
        "endTime": f"2025-03-26T17:10:{number:02d}.900",
        "model": "gpt-4o-mini",
        "cache_hit": "False",
        "cache_key": "Cache OFF",
        "messages": chat(text),
        "response": {"choices": [{"message": {"content": "yes"}}]},
    }
    return row | changes


SPEND = [spend_log(0, "a"), spend_log(1, "b"), spend_log(2, "a", spend=0.0, cache_hit="True"), spend_log(3, "c")]


def jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Trace:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return open_trace(path)


def as_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Trace:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow({k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()})
    return open_trace(path)


def as_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Trace:
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    return open_trace(path)


@pytest.mark.parametrize("export", [jsonl, as_csv, as_parquet])
def test_a_litellm_spend_log_reads_the_same_from_every_export(tmp_path: Path, export: Any) -> None:
    trace = export(tmp_path / "log", SPEND)
    assert trace.times is not None
    assert trace.ids.tolist() == [0, 1, 0, 2]
    assert trace.sizes.tolist() == [len(json.dumps(SPEND[0]["response"], separators=(",", ":")))] * 4
    assert np.diff(trace.times).tolist() == [1.0, 1.0, 1.0]
    assert trace.times[0] == 1743009000.5
    assert trace.cost_unit == "dollars"
    assert (trace.tokens_in.tolist(), trace.tokens_out.tolist()) == ([10] * 4, [20] * 4)


def test_a_cache_hit_that_litellm_logs_as_free_costs_what_its_key_last_cost(tmp_path: Path) -> None:
    trace = jsonl(tmp_path / "log", SPEND)
    assert trace.costs[:, 0].tolist() == [0.001, 0.002, 0.001, 0.004]


def test_a_cache_hit_of_unknown_price_is_a_bad_row(tmp_path: Path) -> None:
    rows = [spend_log(0, "z", spend=0.0, cache_hit="True"), *(spend_log(n, "a") for n in range(1, 60))]
    (tmp_path / "log").write_text("\n".join(map(json.dumps, rows)))
    trace = open_trace(tmp_path / "log", max_bad_share=0.05)
    assert [row.reason for row in trace.bad_rows.first] == [
        "a hit of LiteLLM's cache before any row shows what its answer costs"
    ]


def test_litellms_own_cache_key_goes_before_the_messages(tmp_path: Path) -> None:
    rows = [spend_log(0, "a", cache_key="k1"), spend_log(1, "b", cache_key="k1"), spend_log(2, "a", cache_key="k2")]
    assert jsonl(tmp_path / "log", rows).ids.tolist() == [0, 0, 1]


def test_a_spend_log_without_prompts_says_which_setting_keeps_them(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="store_prompts_in_spend_logs"):
        jsonl(tmp_path / "log", [spend_log(0, "a", messages={}, response={})])


def test_without_an_answer_the_size_comes_from_the_tokens(tmp_path: Path) -> None:
    trace = jsonl(tmp_path / "log", [spend_log(0, "a", response={})])
    assert trace.sizes.tolist() == [20 * 4 + 64]
    assert any("4 bytes for each answer token" in note for note in trace.notes)


BATCH_INPUT = {
    "custom_id": "request-1",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {"model": "gpt-4o-mini", "messages": chat("hi"), "max_tokens": 1000},
}
GATEWAY = {
    "timestamp": 5,
    "request": {"model": "other", "max_tokens": 1000, "messages": chat("hi")},
    "response": {"status_code": 200, "body": {"choices": [1], "usage": {"prompt_tokens": 7, "completion_tokens": 9}}},
}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "gpt-4o",
    "messages": chat("hi"),
    "max_tokens": 1000,
    "choices": [{"message": {"content": "hello"}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16},
}
RESPONSES = {"model": "gpt-5", "input": "hi", "output": [{"type": "message"}], "usage": {"output_tokens": 4}}


def test_one_question_has_one_key_in_every_dress_and_for_every_model(tmp_path: Path) -> None:
    keys = [jsonl(tmp_path / "log", [record]).keys for record in (BATCH_INPUT, GATEWAY, COMPLETION)]
    assert keys[0] == keys[1] == keys[2]


def test_what_changes_the_answer_changes_the_key(tmp_path: Path) -> None:
    warm = {**COMPLETION, "temperature": 1.0}
    assert jsonl(tmp_path / "log", [COMPLETION, warm, {**COMPLETION, "id": "2"}]).ids.tolist() == [0, 1, 0]


@pytest.mark.parametrize(("record", "tokens"), [(GATEWAY, 9), (COMPLETION, 9), (RESPONSES, 4)])
def test_usage_is_found_where_openai_puts_it(tmp_path: Path, record: dict[str, Any], tokens: int) -> None:
    trace = jsonl(tmp_path / "log", [record])
    assert trace.tokens_out is not None
    assert trace.tokens_out.tolist() == [tokens]


def test_the_size_of_an_answer_is_its_length_as_json(tmp_path: Path) -> None:
    trace = jsonl(tmp_path / "log", [COMPLETION])
    assert trace.sizes.tolist() == [len('[{"message":{"content":"hello"}}]')]


def test_a_batch_output_without_the_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="log what was asked"):
        jsonl(tmp_path / "log", [{"custom_id": "request-1", "response": GATEWAY["response"], "error": None}])


OLD_VLLM = (
    "INFO 10-01 18:43:27 logger.py:36] Received request cmpl-{0}: prompt: {1!r}, params: SamplingParams(n=1, stop=[], "
    "temperature=0.0), prompt_token_ids: [5299, 311, 1304], lora_request: None, prompt_adapter_request: None.\n"
)
NEW_VLLM = (
    "DEBUG 02-13 11:33:3{0} [logger.py:40] Request chatcmpl-{0} details: prompt: {1!r}, prompt_token_ids: [1, 2], "
    "prompt_embeds shape: None.\n"
    "INFO 02-13 11:33:33 [logger.py:49] Received request chatcmpl-{0}: params: SamplingParams(n=1), lora_request: "
    "None.\n"
)
SAID_VLLM = (
    "INFO 02-13 11:33:39 [logger.py:70] Generated response chatcmpl-{0}{2}: output: {1!r}, output_token_ids: "
    "[1, 2, 3, 4], finish_reason: stop\n"
)
NOISE = "INFO 02-13 11:33:39 [loggers.py:257] Engine 000: Avg prompt throughput: 0.8 tokens/s, Running: 0 reqs\n"


def test_the_old_vllm_log_gives_prompts_and_their_lengths(tmp_path: Path) -> None:
    text = NOISE + "".join(OLD_VLLM.format(*request) for request in [(1, "pizza, params: x"), (2, "b"), (3, "b")])
    (tmp_path / "log").write_text(text)
    trace = open_trace(tmp_path / "log")
    assert trace.ids.tolist() == [0, 1, 1]
    assert trace.tokens_in is not None
    assert trace.tokens_in.tolist() == [3, 3, 3]
    assert set(trace.sizes) == {1}


def test_the_new_vllm_log_joins_each_answer_to_its_request(tmp_path: Path) -> None:
    asked = [NEW_VLLM.format(0, "it's"), NEW_VLLM.format(1, "b"), NEW_VLLM.format(2, "it's")]
    said = [SAID_VLLM.format(n, "x" * (n + 5), " (streaming complete)" if n else "") for n in (2, 0, 1)]
    part = SAID_VLLM.format(1, "x", " (streaming delta)")
    (tmp_path / "log").write_text(NOISE.join([*asked, part, *said]))
    trace = open_trace(tmp_path / "log")
    assert trace.times is not None
    assert trace.tokens_out is not None
    assert trace.ids.tolist() == [0, 1, 0]
    assert trace.sizes.tolist() == [5, 6, 7]
    assert trace.tokens_out.tolist() == [4, 4, 4]
    assert np.diff(trace.times).tolist() == [1.0, 1.0]


def test_a_vllm_log_without_prompts_says_how_to_log_them(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("INFO 02-13 11:33:33 x] Received request cmpl-1: params: SamplingParams(n=1).\n")
    with pytest.raises(TraceError, match="VLLM_LOGGING_LEVEL=DEBUG"):
        open_trace(tmp_path / "log")


def test_named_columns_reach_into_nested_records_with_a_cost_for_each_model(tmp_path: Path) -> None:
    rows = [
        {"who": {"hash": "x"}, "n": 12, "small": 1, "large": 20},
        {"who": {"hash": "y"}, "n": 3, "small": 2, "large": 9},
    ]
    (tmp_path / "log").write_text("\n".join(map(json.dumps, rows)))
    trace = open_trace(tmp_path / "log", columns="key=who.hash,size=n,cost=small|large")
    assert trace.sizes.tolist() == [12, 3]
    assert trace.costs.tolist() == [[1.0, 20.0], [2.0, 9.0]]
    assert trace.cost_names == ("small", "large")


def test_one_named_column_overrides_the_shape_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("\n".join(json.dumps(row | {"bytes_kept": 77}) for row in SPEND))
    trace = open_trace(tmp_path / "log", columns="size=bytes_kept")
    assert trace.sizes.tolist() == [77] * 4
    assert trace.ids.tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_may_be_separated_by_commas_semicolons_or_tabs(tmp_path: Path, separator: str) -> None:
    (tmp_path / "t.csv").write_text(separator.join(["key", "size"]) + "\n" + separator.join(["a", "5"]) + "\n")
    assert open_trace(tmp_path / "t.csv").sizes.tolist() == [5]


def test_quoted_csv_fields_may_span_lines_and_bad_rows_keep_their_line_numbers(tmp_path: Path) -> None:
    good = "".join(f"k{number},1\n" for number in range(300))
    (tmp_path / "t.csv").write_text('\ufeff"key",size\n"two\nlines",5\nshort\n' + good)
    trace = open_trace(tmp_path / "t.csv")
    assert len(trace) == 301
    assert [(row.line, row.reason) for row in trace.bad_rows.first] == [(4, "1 fields for 2 columns")]


def test_plain_parquet_columns_give_the_keys_that_json_lines_give(tmp_path: Path) -> None:
    rows = [{"key": text, "size": 3, "cost": 0.5, "time": 1.0} for text in ("a", "17", "a", "ü")]
    columnar, lines = as_parquet(tmp_path / "p", rows), jsonl(tmp_path / "j", rows)
    assert columnar.keys is not None
    assert lines.keys is not None
    assert columnar.keys.tolist() == lines.keys.tolist() == [key_of(row["key"]) for row in rows]
    assert columnar.costs.tolist() == lines.costs.tolist()


def test_a_parquet_row_without_a_key_is_a_bad_row(tmp_path: Path) -> None:
    rows = [{"key": None if number == 5 else f"k{number}", "size": 3} for number in range(200)]
    trace = as_parquet(tmp_path / "p", rows)
    assert len(trace) == 199
    assert [(row.line, row.reason) for row in trace.bad_rows.first] == [(6, "no key")]


def test_a_key_is_the_same_however_its_json_is_written() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of("42") == key_of(42) == 42
    assert key_of("042") != 42
    assert key_of(-1) == key_of("-1") == 2**64 - 1
    assert key_of(2**64 - 1) == key_of(str(2**64 - 1)) == 2**64 - 1
    assert key_of(2**64) not in (0, None)
    assert key_of("") is None
    assert key_of({}) is None


def test_parquet_without_pyarrow_names_the_extra_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_parquet(tmp_path / "p", [{"key": 1}])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pantler\[simulator\]"):
        open_trace(tmp_path / "p")
