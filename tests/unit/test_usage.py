"""How many tokens an answer is taken for where its upstream does not say."""

import json

import pytest

from pantler.core.cost import Price, Tokens, money
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


def test_each_kind_of_token_that_an_answer_names_is_priced_as_that_kind() -> None:
    read: dict[str, object] = {"cached_tokens": 400, "cache_write_tokens": 100}
    read["cache_creation_token_details"] = {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}
    written = {"reasoning_tokens": 200}
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    answer = {"usage": {**usage, "prompt_tokens_details": read, "completion_tokens_details": written}}
    tokens = usage_of(json.dumps(answer).encode())
    assert tokens == Tokens(1000, 500, cached_in=400, cache_write=60, cache_write_1h=40, reasoning=200)
    price = Price(1_000_000, 2_000_000, 100_000, cache_write=1_250_000, cache_write_1h=2_000_000, reasoning=3_000_000)
    assert money(price, tokens) == 500_000 + 40_000 + 75_000 + 80_000 + 600_000 + 600_000
