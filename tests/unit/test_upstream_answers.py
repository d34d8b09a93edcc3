import json
from typing import Any

import pytest

from pantler.core.asks import Endpoint
from pantler.core.errors import ProviderError
from pantler.providers._answers import Ending, check_whole

ENDPOINT = Endpoint(name="m")


def chosen(**choice: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": "stop", **choice}]}


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("chat", chosen(message={"role": "assistant", "content": 5})),
        ("chat", chosen()),
        ("chat", chosen(message=None)),
        ("chat", chosen(message={"content": [5]})),
        ("chat", chosen(text="of a completion")),
        ("completion", chosen(text=5)),
        ("completion", chosen()),
        ("completion", chosen(message={"role": "assistant", "content": "of a chat"})),
        ("embedding", {"data": [5]}),
        ("embedding", {"data": [{"index": 0}]}),
        ("embedding", chosen(message={"content": "of a chat"})),
    ],
    ids=repr,
)
def test_an_answer_of_another_shape_is_garbage_that_was_paid_for(operation: str, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    with pytest.raises(ProviderError, match="m sent") as failure:
        check_whole(ENDPOINT, operation, body)
    assert failure.value.kind == "garbage"


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("chat", chosen(message={"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]})),
        ("chat", chosen(message={"content": [{"type": "text", "text": "in parts"}], "annotations": 5})),
        ("completion", chosen(text="")),
        ("embedding", {"data": [{"embedding": [0.5]}, {"embedding": "AAAA"}]}),
    ],
    ids=repr,
)
def test_an_answer_may_hold_more_than_is_known(operation: str, answer: dict[str, Any]) -> None:
    check_whole(ENDPOINT, operation, json.dumps(answer).encode())


@pytest.mark.parametrize("choice", [{"delta": {"content": 5}}, {"delta": 5}, {"text": 5}], ids=repr)
def test_a_piece_whose_words_are_none_is_garbage(choice: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="m sent what is no JSON answer"):
        Ending(ENDPOINT).take(json.dumps({"choices": [choice]}).encode())
