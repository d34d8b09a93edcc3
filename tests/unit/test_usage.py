"""How many tokens an answer is taken for where its upstream does not say."""

import json

import pytest

from pantler.core.cost import Tokens
from pantler.core.errors import ProviderError
from pantler.core.usage import usage_of, written_tokens


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


def test_whole_numbers_may_be_written_as_fractions_and_halves_of_tokens_may_not() -> None:
    usage = b'{"usage":{"prompt_tokens":10.0,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4.0}}}'
    tokens = usage_of(usage)
    assert tokens == Tokens(10, 2, cached_in=4)
    assert [type(tokens.tokens_in), type(tokens.cached_in)] == [int, int]
    with pytest.raises(ProviderError, match="cannot be read"):
        usage_of(usage.replace(b"10.0", b"10.5"))
