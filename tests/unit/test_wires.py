import json
from typing import Any

import pytest

from pantler.core.errors import ProviderError
from pantler.gateway.wire import Fault, Request
from pantler.gateway.wires.chat import Chat
from pantler.gateway.wires.completions import Completions
from pantler.gateway.wires.embeddings import Embeddings

CHAT, COMPLETIONS, EMBEDDINGS = Chat(), Completions(), Embeddings()
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]
USAGE = {
    "prompt_tokens": 14,
    "completion_tokens": 7,
    "total_tokens": 21,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


def asked(**fields: Any) -> Request:
    request = CHAT.read(json.dumps({"model": "small", "messages": MESSAGES, **fields}).encode())
    assert isinstance(request, Request)
    return request


def answer(message: dict[str, Any] | None = None, finish: str | None = "stop", **rest: Any) -> bytes:
    message = {"role": "assistant", "content": "Paris.", "refusal": None} if message is None else message
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "small-1"}
    return json.dumps({**head, "choices": [choice], "usage": USAGE, **rest}).encode()


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0, **rest: Any) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "small-1"}
    return json.dumps({**head, "choices": [choice], **rest}).encode()


def joined(*pieces: bytes) -> Any:
    return json.loads(CHAT.join(pieces))


def test_what_pantler_goes_by_is_read_from_a_request() -> None:
    request = asked(stream=True, stream_options={"include_usage": True}, n=3, max_tokens=10)
    assert (request.operation, request.model) == ("chat", "small")
    assert (request.streamed, request.include_usage, request.choices) == (True, True, 3)
    assert request.tokens_out_bound == 30
    assert request.tokens_in_bound == len(json.dumps(request.fields))


def test_a_request_without_a_length_has_no_bound_of_tokens_out() -> None:
    assert asked().tokens_out_bound is None
    assert asked(max_tokens=None, max_completion_tokens=None).tokens_out_bound is None


def test_the_larger_of_two_lengths_bounds_the_tokens_out() -> None:
    assert asked(max_tokens=5, max_completion_tokens=9).tokens_out_bound == 9


def test_a_prediction_may_be_charged_as_tokens_out() -> None:
    prediction = {"type": "content", "content": "x" * 100}
    bound = asked(max_tokens=5, prediction=prediction).tokens_out_bound
    assert bound is not None
    assert bound > 105


def test_an_image_by_its_address_counts_as_more_tokens_than_bytes() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}
    request = asked(messages=[{"role": "user", "content": [{"type": "text", "text": "?"}, image]}])
    assert request.tokens_in_bound == len(json.dumps(request.fields)) + 50_000


def test_every_field_is_passed_on_untouched() -> None:
    fields = {"model": "small", "messages": MESSAGES, "x_unheard_of": {"b": [1, 2.0, None]}, "seed": 10**25}
    request = CHAT.read(json.dumps(fields).encode())
    assert isinstance(request, Request)
    assert request.fields == fields


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"messages": MESSAGES}, "missing_model", "model"),
        ({"model": "", "messages": MESSAGES}, "missing_model", "model"),
        ({"model": 7, "messages": MESSAGES}, "invalid_type", "model"),
        ({"model": "m"}, "invalid_messages", "messages"),
        ({"model": "m", "messages": []}, "invalid_messages", "messages"),
        ({"model": "m", "messages": "hello"}, "invalid_messages", "messages"),
        ({"model": "m", "messages": [*MESSAGES, "hello"]}, "invalid_messages", "messages"),
        ({"model": "m", "messages": MESSAGES, "stream": "yes"}, "invalid_type", "stream"),
        ({"model": "m", "messages": MESSAGES, "stream_options": True}, "invalid_type", "stream_options"),
        ({"model": "m", "messages": MESSAGES, "user": ["ann"]}, "invalid_type", "user"),
        ({"model": "m", "messages": MESSAGES, "n": 0}, "invalid_type", "n"),
        ({"model": "m", "messages": MESSAGES, "n": True}, "invalid_type", "n"),
        ({"model": "m", "messages": MESSAGES, "n": 10**9}, "invalid_type", "n"),
        ({"model": "m", "messages": MESSAGES, "max_tokens": "many"}, "invalid_type", "max_tokens"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_must_be(fields: dict[str, Any], code: str, param: str) -> None:
    fault = CHAT.read(json.dumps(fields).encode())
    assert isinstance(fault, Fault)
    assert (fault.status, fault.code, fault.param) == (400, code, param)
    assert param in fault.message


def test_a_fault_has_the_shape_of_openais_errors() -> None:
    body = json.loads(CHAT.error(Fault(404, "model_not_found", "no model named 'x'", param="model")))
    assert body == {
        "error": {
            "message": "no model named 'x'",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


def test_the_pieces_of_a_text_are_joined() -> None:
    whole = joined(
        chunk({"role": "assistant", "content": ""}, service_tier="default"),
        chunk({"content": "Par"}),
        chunk({"content": "is."}),
        chunk({}, finish="stop"),
        json.dumps({"id": "chatcmpl-1", "choices": [], "usage": USAGE}).encode(),
    )
    assert whole["object"] == "chat.completion"
    assert whole["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Paris."},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ]
    assert whole["usage"] == USAGE
    assert whole["service_tier"] == "default"


def test_tool_calls_are_joined_each_by_its_index() -> None:
    def call(index: int, arguments: str, **rest: Any) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "function": {"arguments": arguments, **rest.pop("f", {})}, **rest}]}

    whole = joined(
        chunk({"role": "assistant", "content": None}),
        chunk(call(0, "", id="a", type="function", f={"name": "weather"})),
        chunk(call(0, '{"city":')),
        chunk(call(1, "", id="b", type="function", f={"name": "time"})),
        chunk(call(0, '"Paris"}')),
        chunk(call(1, "{}", id="", f={"name": None})),
        chunk({}, finish="tool_calls"),
    )
    assert whole["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}},
            {"id": "b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
        ],
    }


def test_tool_calls_with_other_ids_are_others_though_their_index_is_the_same() -> None:
    calls = [{"index": 0, "id": name, "type": "function", "function": {"name": name}} for name in "ab"]
    whole = joined(*(chunk({"tool_calls": [call]}) for call in calls))
    assert [call["id"] for call in whole["choices"][0]["message"]["tool_calls"]] == ["a", "b"]


def test_choices_are_told_apart_and_put_in_order() -> None:
    whole = joined(
        chunk({"content": "b"}, index=1), chunk({"content": "a"}), chunk({"content": "B"}, "stop", 1), chunk({}, "stop")
    )
    assert [choice["message"]["content"] for choice in whole["choices"]] == ["a", "bB"]


def test_logprobs_refusals_reasoning_and_unknown_fields_are_joined() -> None:
    first = json.loads(chunk({"reasoning_content": "I ", "refusal": "No", "signature": "s"}, system_fingerprint="f"))
    first["choices"][0]["logprobs"] = {"content": [{"token": "a"}], "refusal": None}
    first["citations"] = ["x"]
    second = json.loads(chunk({"reasoning_content": "think", "refusal": ".", "novel": {"n": 1}}, "stop"))
    second["choices"][0]["logprobs"] = {"content": [{"token": "b"}], "refusal": None}
    second["choices"][0]["stop_reason"] = 3
    whole = joined(json.dumps(first).encode(), json.dumps(second).encode())
    message = whole["choices"][0]["message"]
    assert (message["reasoning_content"], message["refusal"], message["novel"]) == ("I think", "No.", {"n": 1})
    assert whole["choices"][0]["logprobs"]["content"] == [{"token": "a"}, {"token": "b"}]
    assert whole["choices"][0]["stop_reason"] == 3
    assert (whole["citations"], whole["system_fingerprint"]) == (["x"], "f")


def test_a_legacy_function_call_is_joined() -> None:
    whole = joined(
        chunk({"function_call": {"name": "f", "arguments": "{"}}),
        chunk({"function_call": {"arguments": "}"}}, "function_call"),
    )
    assert whole["choices"][0]["message"]["function_call"] == {"name": "f", "arguments": "{}"}


@pytest.mark.parametrize("pieces", [[], [b"nonsense"], [b"[]"], [b"{}"], [b'{"choices": 3}'], [b'{"choices": [3]}']])
@pytest.mark.parametrize("wire", [CHAT, COMPLETIONS], ids=["chat", "completions"])
def test_what_is_no_stream_cannot_be_joined(wire: Any, pieces: list[bytes]) -> None:
    with pytest.raises(ProviderError, match="upstream's stream"):
        wire.join(pieces)


@pytest.mark.parametrize("whole", [b"", b"[]", b"{}", b'{"choices": []}', b'{"choices": [3]}'])
@pytest.mark.parametrize("wire", [CHAT, COMPLETIONS], ids=["chat", "completions"])
def test_what_is_no_answer_cannot_be_split(wire: Any, whole: bytes) -> None:
    with pytest.raises(ProviderError, match="no choices"):
        wire.split(whole)


def test_a_whole_answer_is_streamed_as_role_content_finish_and_usage() -> None:
    text = "one two three four five six seven eight nine ten"
    pieces = [json.loads(piece) for piece in CHAT.split(answer({"role": "assistant", "content": text}))]
    deltas = [piece["choices"][0]["delta"] for piece in pieces[:-1]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == text
    assert len(deltas) == 4
    assert [piece["choices"][0]["finish_reason"] for piece in pieces[:-1]] == [None, None, None, "stop"]
    assert (pieces[-1]["choices"], pieces[-1]["usage"]) == ([], USAGE)
    assert {piece["object"] for piece in pieces} == {"chat.completion.chunk"}


CALL = [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


@pytest.mark.parametrize(
    ("whole", "flaw"),
    [
        (answer(), None),
        (answer(finish="length"), "cut by the model's own length"),
        (answer(finish="content_filter"), "filtered"),
        (answer(finish=None), "cut"),
        (answer(finish="abort"), "ended for an unknown reason"),
        (answer({"role": "assistant", "content": None, "refusal": "I cannot."}), "refused"),
        (answer({"role": "assistant", "content": ""}), "empty"),
        (answer({"role": "assistant", "content": None, "tool_calls": CALL}, "tool_calls"), "calls a tool"),
        (answer({"role": "assistant", "content": "x", "function_call": {"name": "f"}}), "calls a tool"),
        (answer(error={"message": "overloaded"}), "an error"),
        (answer(choices=[]), "fewer answers than asked"),
        (answer(choices=None), "no choices"),
        (answer(choices=[{"finish_reason": "stop"}]), "no message"),
        (b'{"choices": [', "not JSON"),
        (b'"text"', "not JSON"),
    ],
)
def test_only_a_whole_answer_may_be_kept(whole: bytes, flaw: str | None) -> None:
    assert CHAT.flaw(asked(), whole) == flaw


def test_an_answer_that_reached_the_clients_own_length_is_whole() -> None:
    assert CHAT.flaw(asked(max_tokens=3), answer(finish="length")) is None


def test_a_tool_call_is_kept_where_that_is_wanted() -> None:
    whole = answer({"role": "assistant", "content": None, "tool_calls": CALL}, "tool_calls")
    assert CHAT.flaw(asked(), whole, tool_calls=True) is None


def test_fewer_choices_than_asked_are_not_kept() -> None:
    assert CHAT.flaw(asked(n=2), answer()) == "fewer answers than asked"


def test_usage_is_taken_out_of_events_where_the_client_did_not_ask() -> None:
    usage = json.dumps({"choices": [], "usage": USAGE}).encode()
    beside = chunk({"content": "x"}, usage=None)
    assert CHAT.events.event(usage, with_usage=False) == b""
    assert CHAT.events.event(usage, with_usage=True) == b"data: " + usage + b"\n\n"
    shown = CHAT.events.event(beside, with_usage=False)
    assert "usage" not in json.loads(shown.removeprefix(b"data: "))
    assert json.loads(shown.removeprefix(b"data: "))["choices"] == json.loads(beside)["choices"]


def test_a_word_that_happens_to_be_usage_stays() -> None:
    piece = chunk({"content": "usage"})
    assert CHAT.events.event(piece, with_usage=False) == b"data: " + piece + b"\n\n"


def test_completions_are_read_joined_and_split() -> None:
    request = COMPLETIONS.read(b'{"model": "m", "prompt": ["a", "b"], "max_tokens": 4, "best_of": 2}')
    assert isinstance(request, Request)
    assert (request.operation, request.tokens_out_bound, request.choices) == ("completion", 16, 4)
    head = {"id": "c", "object": "text_completion", "created": 1, "model": "m"}
    pieces = [
        json.dumps({**head, "choices": [{"index": 0, "text": text, "finish_reason": finish}]}).encode()
        for text, finish in (("Par", None), ("is", "stop"))
    ]
    whole = COMPLETIONS.join(pieces)
    assert json.loads(whole)["choices"] == [{"index": 0, "text": "Paris", "finish_reason": "stop", "logprobs": None}]
    assert json.loads(COMPLETIONS.join(COMPLETIONS.split(whole))) == json.loads(whole)


def test_completions_are_kept_where_every_prompt_has_as_many_as_were_asked() -> None:
    request = COMPLETIONS.read(b'{"model": "m", "prompt": ["a", "b"], "n": 2, "best_of": 3}')
    assert isinstance(request, Request)
    choices = [{"index": index, "text": "Paris", "finish_reason": "stop"} for index in range(4)]
    assert COMPLETIONS.flaw(request, json.dumps({"choices": choices}).encode()) is None
    assert COMPLETIONS.flaw(request, json.dumps({"choices": choices[:3]}).encode()) == "fewer answers than asked"


def test_embeddings_are_kept_where_every_input_has_one() -> None:
    request = EMBEDDINGS.read(b'{"model": "m", "input": ["a", "b"]}')
    assert isinstance(request, Request)
    one = {"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    whole = json.dumps({"object": "list", "data": [one, {**one, "index": 1}], "usage": usage}).encode()
    assert EMBEDDINGS.flaw(request, whole) is None
    fewer = json.dumps({"object": "list", "data": [one], "usage": usage}).encode()
    assert EMBEDDINGS.flaw(request, fewer) == "fewer answers than asked"


@pytest.mark.parametrize("odd", [True, 7, "call"])
def test_tool_calls_that_are_no_list_are_joined_as_they_came(odd: Any) -> None:
    joined = json.loads(CHAT.join([chunk({"tool_calls": odd}), chunk({}, finish="stop")]))
    assert joined["choices"][0]["message"]["tool_calls"] == odd
