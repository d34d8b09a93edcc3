"""What was seen of an answer as it came is what anybody finds who reads it anew."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.asks import Endpoint
from pantler.core.errors import ProviderError
from pantler.core.seen import LARGEST, Seen, note, seen_of
from pantler.core.usage import told
from pantler.gateway.wire import Request
from pantler.gateway.wires.chat import Chat
from pantler.providers._answers import check_whole
from pantler.texts.telltales import telltale

ENDPOINT = Endpoint(name="m")
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PARTS = [{"type": "text", "text": "four"}]


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


texts = st.sampled_from(["four", "", " ", "I'm sorry, no.", "{}", "\N{LATIN SMALL LETTER LONG S}orry"])
messages = optional(
    content=texts | st.sampled_from([None, PARTS]),
    refusal=st.sampled_from([None, "", "no"]),
    tool_calls=st.sampled_from([None, [], [CALL]]),
    function_call=st.sampled_from([None, CALL["function"]]),
)
choices = st.fixed_dictionaries(
    {"message": messages},
    optional={"finish_reason": st.sampled_from([None, "stop", "length", "tool_calls", "content_filter"])},
)
answers = st.fixed_dictionaries(
    {"choices": st.lists(choices, min_size=1, max_size=2)},
    optional={
        "error": st.none(),
        "usage": st.sampled_from([None, {}, {"prompt_tokens": 3}, {"prompt_tokens": 3, "completion_tokens": 2.0}]),
        "service_tier": st.sampled_from([None, "flex", 7]),
    },
)
requests = optional(
    n=st.sampled_from([1, 2]),
    max_tokens=st.just(4),
    response_format=st.just({"type": "json_object"}),
    modalities=st.just(["audio"]),
)


def again(answer: bytes) -> bytes:
    """The same in bytes that nobody has seen."""
    return bytes(bytearray(answer))


@given(answers, requests)
def test_who_looks_next_finds_what_a_new_look_would(answer: dict[str, Any], fields: dict[str, Any]) -> None:
    body = msgspec.json.encode(answer)
    check_whole(ENDPOINT, "chat", body)
    seen = seen_of(body)
    assert seen is not None
    found, anew = told(body), told(again(body))
    assert (found.tokens, found.tier, found.is_half) == (anew.tokens, anew.tier, anew.is_half)
    bound = fields.get("max_tokens")
    request = Request("chat", "m", {"model": "m", "messages": [], **fields}, 1, bound)
    assert Chat().flaw(request, body) == Chat().flaw(request, again(body))
    bounded = bound is not None
    assert telltale(fields, body, is_bounded=bounded, text=seen.text) == telltale(fields, body, is_bounded=bounded)


def test_half_a_token_is_told_of_what_was_seen_too() -> None:
    body = b'{"choices": [{"message": {}}], "usage": {"prompt_tokens": 0.5}}'
    check_whole(ENDPOINT, "chat", body)
    with pytest.raises(ProviderError, match="half a token") as caught:
        told(body)
    assert caught.value.body == body


def test_only_the_last_answer_is_remembered_and_no_large_one() -> None:
    first, second, large = again(b"[1]"), again(b"[2]"), bytes(LARGEST + 1)
    seen = Seen(None, "", None)
    note(first, seen)
    assert seen_of(first) is seen
    assert seen_of(again(first)) is None
    note(large, seen)
    assert seen_of(large) is None
    note(second, seen)
    assert seen_of(first) is None
