import json
from typing import Any

import pytest

from pantler.gateway.fitting import misfitting
from pantler.gateway.parsing import parse
from pantler.gateway.wires.chat import Chat
from pantler.gateway.wires.completions import Completions
from pantler.gateway.wires.embeddings import Embeddings

CHAT, COMPLETIONS, EMBEDDINGS = Chat(), Completions(), Embeddings()
MESSAGE = {"role": "user", "content": "?"}


@pytest.mark.parametrize(
    ("fields", "param", "must"),
    [
        ({"tools": "x"}, "tools", "a list or null"),
        ({"tools": [1]}, "tools[0]", "an object"),
        ({"messages": [{"role": 5, "content": "?"}]}, "messages[0].role", "text"),
        ({"messages": [MESSAGE, {"content": "?"}]}, "messages[1].role", "there, text"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "text or a list or null"),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]", "an object"),
        ({"temperature": "hot"}, "temperature", "a number or null"),
        ({"top_p": True}, "top_p", "a number or null"),
        ({"seed": 1.5}, "seed", "a whole number or null"),
        ({"stop": 7}, "stop", "text or a list or null"),
        ({"stop": [7]}, "stop[0]", "text"),
        ({"response_format": "json"}, "response_format", "an object or null"),
        ({"logit_bias": []}, "logit_bias", "an object or null"),
    ],
    ids=repr,
)
def test_a_field_of_another_kind_is_named_with_the_kind_that_it_must_be(
    fields: dict[str, Any], param: str, must: str
) -> None:
    wrong = misfitting(CHAT, {"model": "m", "messages": [MESSAGE], **fields})
    assert wrong is not None
    assert (wrong.status, wrong.code, wrong.param) == (400, "invalid_type", param)
    assert wrong.message == f"{param!r} must be {must}"


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "oracle", "content": None, "mood": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "smell", "smell": [1]}, {"type": "text", "text": "?"}]}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]},
        {"temperature": 0, "top_p": 1.0, "seed": -1, "stop": ["a"], "tools": [], "user": None},
        {"unknown": [5], "seed": 3.0, "max_tokens": 10**30},
    ],
    ids=repr,
)
def test_what_providers_extend_passes(fields: dict[str, Any]) -> None:
    assert misfitting(CHAT, {"model": "m", "messages": [MESSAGE], **fields}) is None


def test_a_number_that_no_float_holds_passes_as_it_is_spelled() -> None:
    fields = parse(b'{"model":"m","messages":[{"role":"user"}],"temperature":1e999}')
    assert isinstance(fields, dict)
    assert misfitting(CHAT, fields) is None


@pytest.mark.parametrize("texts", ["?", ["?"], [1, 2], [[1], [2]]], ids=json.dumps)
def test_texts_and_tokens_fit_where_either_may_stand(texts: Any) -> None:
    assert misfitting(COMPLETIONS, {"model": "m", "prompt": texts}) is None
    assert misfitting(EMBEDDINGS, {"model": "m", "input": texts}) is None


@pytest.mark.parametrize("texts", [[{}], [None], [["a"]]], ids=json.dumps)
def test_what_is_neither_texts_nor_tokens_does_not_fit(texts: Any) -> None:
    wrong = misfitting(COMPLETIONS, {"model": "m", "prompt": texts})
    assert wrong is not None
    assert (wrong.param or "").startswith("prompt")
