"""How many tokens an answer is taken for where its upstream does not say."""

import json

import pytest

from pantler.core.usage import written_tokens


def choice(**message: object) -> dict[str, object]:
    return {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        ({"id": "x" * 400, "choices": [choice(content="hey there")]}, 3),
        ({"choices": [choice(content="four"), choice(content="four")]}, 2),
        ({"choices": [{"text": "eight chars"[:8]}]}, 2),
        ({"choices": [choice(content=None, tool_calls=[{"id": "1"}])]}, 3),  # [{"id":"1"}] is 12 bytes
        ({"object": "list", "data": [{"embedding": [0.1] * 1536}]}, 0),
        ({"choices": "odd"}, 5),  # all 18 bytes of it, for want of anything better
    ],
)
def test_what_a_model_wrote_is_reckoned_by_its_words_and_calls(answer: object, tokens: int) -> None:
    assert written_tokens(json.dumps(answer, separators=(",", ":")).encode()) == tokens
