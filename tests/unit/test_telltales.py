"""What answers say against themselves, and what is no fault of theirs."""

import json
from typing import Any

import pytest

from pantler.texts.telltales import telltale

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
FORM = {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}
ADD = {"type": "function", "function": {"name": "add", "parameters": SCHEMA}}


def answer(text: str | None = "", reason: str = "stop", **more: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **more}, "finish_reason": reason}
    return json.dumps({"choices": [choice]}).encode()


def calls(name: str, arguments: str) -> bytes:
    return answer(None, "tool_calls", tool_calls=[{"function": {"name": name, "arguments": arguments}}])


@pytest.mark.parametrize(
    ("body", "said", "signal"),
    [
        ({}, answer("four"), ""),
        ({}, answer(" \n"), "empty"),
        ({"modalities": ["audio"]}, answer(None), ""),
        ({}, answer("four", "length"), "cut"),
        ({}, answer("four", "content_filter"), "refusal"),
        ({}, answer(None, refusal="no"), "refusal"),
        ({}, answer("I'm sorry, but no."), "refusal"),
        (FORM, answer('{"a": 1}'), ""),
        (FORM, answer('{"a": "1"}'), "form"),
        (FORM, answer("a is 1"), "form"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": 7}}}}, answer("{}"), ""),
        ({"tools": [ADD]}, calls("add", '{"a": 1}'), ""),
        ({"tools": [ADD]}, calls("add", '{"b": 1}'), "tools"),
        ({"tools": [ADD]}, calls("add", "{"), "tools"),
        ({"tools": [ADD]}, calls("subtract", "{}"), "tools"),
        ({"tools": "add"}, calls("add", "{}"), "tools"),
    ],
)
def test_an_answer_tells_of_itself_by_what_was_asked(body: dict[str, Any], said: bytes, signal: str) -> None:
    assert telltale(body, said, is_bounded=False) == signal


def test_a_length_that_the_client_has_set_is_no_fault_of_the_model() -> None:
    assert telltale({}, answer("four", "length"), is_bounded=True) == ""


def test_what_is_no_answer_says_nothing() -> None:
    assert telltale({}, b'{"data": []}', is_bounded=False) == ""
