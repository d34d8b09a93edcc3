"""No body of a client and no answer of an upstream can crash a wire; what is written means the same when it is read."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pantler.config.values import Route
from pantler.core.errors import ProviderError
from pantler.core.sse import DONE, Decoder
from pantler.gateway import wires
from pantler.gateway.query_key import HARMLESS, material
from pantler.gateway.readings import Bypass
from pantler.gateway.wire import Fault, Request, Wire
from pantler.gateway.wires.chat import Chat
from pantler.gateway.wires.completions import Completions

WIRES = wires.found()
every_wire = pytest.mark.parametrize("wire", WIRES, ids=[wire.operation for wire in WIRES])
streamed_wire = pytest.mark.parametrize("wire", [Chat(), Completions()], ids=["chat", "completion"])
ROUTE = Route("r", ("m",), cache_sampling="any")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    sorted(set().union(*(wire.known for wire in WIRES)) | {"x_unknown", "choices", "error", "data"})
)
bodies = st.dictionaries(names, values, max_size=8)
readable = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["m", "other"]),
        "messages": st.just([{"role": "user", "content": "Hi"}]),
        "prompt": text,
        "input": text.filter(bool),
    },
    optional={"tools": values, "response_format": values, "logit_bias": values, "stop": values, "temperature": values},
)


def shuffled(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, dict):
        order = data.draw(st.permutations(list(value)))
        return {name: shuffled(value[name], data) for name in order}
    return [shuffled(inner, data) for inner in value] if isinstance(value, list) else value


@pytest.mark.promise("X1")
@every_wire
@given(body=st.binary(max_size=200) | bodies.map(lambda fields: json.dumps(fields).encode()))
@example(body=b'{"model":"m","messages":[1],"prompt":[],"input":[[]],"stream_options":{"include_usage":1}}')
def test_any_body_is_a_request_or_a_fault(wire: Wire, body: bytes) -> None:
    read = wire.read(body)
    if isinstance(read, Fault):
        assert json.loads(wire.error(read))["error"]["message"] == read.message
    else:
        assert isinstance(material(read, wire, ROUTE), bytes | Bypass)
        assert read.fields == json.loads(body)


@pytest.mark.promise("X1")
@every_wire
@given(body=bodies, damage=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=2)), min_size=1, max_size=4))
def test_a_damaged_body_is_a_request_or_a_fault(wire: Wire, body: Any, damage: list[tuple[int, bytes]]) -> None:
    raw = json.dumps({"model": "m", "messages": [{}], "prompt": "", "input": "x", **body}).encode()
    for place, instead in damage:
        at = place % len(raw)
        raw = raw[:at] + instead + raw[at + 1 :] or b"x"
    assert isinstance(wire.read(raw), Request | Fault)


@given(fields=readable, data=st.data())
def test_the_order_of_names_never_matters_and_the_values_always_do(fields: dict[str, Any], data: st.DataObject) -> None:
    wire = Chat()
    del fields["prompt"], fields["input"]
    keys = []
    for some in (fields, shuffled(fields, data), {**fields, "stop": "never drawn: \ue000"}):
        read = wire.read(json.dumps(some).encode())
        assert isinstance(read, Request)
        keys.append(material(read, wire, ROUTE))
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


@pytest.mark.promise("X1")
@given(one=readable, other=readable)
def test_requests_with_one_key_say_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    wire = Chat()
    found = []
    for fields in (one, other):
        del fields["prompt"], fields["input"]
        read = wire.read(json.dumps(fields).encode())
        assert isinstance(read, Request)
        found.append(material(read, wire, ROUTE))
    kept = [{name: value for name, value in fields.items() if name not in HARMLESS} for fields in (one, other)]
    assert (found[0] == found[1]) <= (kept[0] == kept[1])


deltas = st.dictionaries(
    st.sampled_from(["role", "content", "tool_calls", "function_call", "refusal", "audio", "x"]), values, max_size=4
)
choices = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["delta", "message"], deltas | values) | {"index": values, "text": values}
)
odd_answers = st.fixed_dictionaries({}, optional={"choices": st.lists(choices | values, max_size=3), "usage": values})


@pytest.mark.promise("X1")
@every_wire
@given(whole=st.binary(max_size=100) | (bodies | odd_answers).map(lambda fields: json.dumps(fields).encode()))
def test_any_answer_of_an_upstream_may_be_kept_or_not_and_split_or_not(wire: Wire, whole: bytes) -> None:
    request = wire.read(b'{"model":"m","messages":[{"role":"user"}],"prompt":"","input":"x"}')
    assert isinstance(request, Request)
    assert wire.flaw(request, whole) != ""
    with suppress(ProviderError):
        assert all(isinstance(piece, bytes) for piece in wire.split(whole))


@streamed_wire
@given(pieces=st.lists(odd_answers, max_size=4))
def test_any_pieces_are_joined_or_not(wire: Wire, pieces: list[Any]) -> None:
    with suppress(ProviderError):
        assert isinstance(json.loads(wire.join([json.dumps(piece).encode() for piece in pieces])), dict)


tool_calls = st.lists(
    st.fixed_dictionaries(
        {
            "id": text.filter(bool),
            "type": st.just("function"),
            "function": st.fixed_dictionaries({"name": text.filter(bool), "arguments": text}),
        }
    ),
    max_size=3,
    unique_by=lambda call: call["id"],
)
messages = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": st.none() | text},
    optional={
        "refusal": st.none() | text.filter(bool),
        "tool_calls": tool_calls.filter(bool),
        "reasoning_content": text.filter(bool),
        "annotations": st.lists(st.fixed_dictionaries({"type": st.just("url_citation")}), min_size=1, max_size=2),
        "audio": st.fixed_dictionaries({"id": text, "data": text, "expires_at": st.integers(0, 9)}),
    },
)
finishes = st.sampled_from(["stop", "length", "tool_calls", "content_filter"])
usages = st.fixed_dictionaries({"prompt_tokens": st.integers(0, 99), "completion_tokens": st.integers(0, 99)})


def answers(choice: dict[str, Any], kind: str) -> st.SearchStrategy[dict[str, Any]]:
    numbered = st.lists(st.fixed_dictionaries(choice), min_size=1, max_size=3).map(
        lambda some: [{"index": index, **one} for index, one in enumerate(some)]
    )
    head = {"id": st.just("x-1"), "object": st.just(kind), "created": st.integers(0, 9), "model": st.just("m-1")}
    return st.fixed_dictionaries(
        {**head, "choices": numbered},
        optional={"usage": usages, "system_fingerprint": text, "citations": st.just(["a"])},
    )


chat_answers = answers(
    {
        "message": messages,
        "finish_reason": finishes,
        "logprobs": st.none() | st.just({"content": [{"token": "a", "logprob": -0.5}], "refusal": None}),
    },
    "chat.completion",
)
completion_answers = answers({"text": text, "finish_reason": finishes, "logprobs": st.none()}, "text_completion")


@given(whole=chat_answers)
def test_an_answer_that_is_split_and_joined_again_is_the_same(whole: dict[str, Any]) -> None:
    wire = Chat()
    assert json.loads(wire.join(wire.split(json.dumps(whole).encode()))) == whole


@given(whole=completion_answers)
def test_a_completion_that_is_split_and_joined_again_is_the_same(whole: dict[str, Any]) -> None:
    wire = Completions()
    assert json.loads(wire.join(wire.split(json.dumps(whole).encode()))) == whole


@given(whole=chat_answers, data=st.data(), with_usage=st.booleans())
def test_events_are_read_as_they_were_written_wherever_they_are_split(
    whole: dict[str, Any], data: st.DataObject, with_usage: bool
) -> None:
    wire = Chat()
    pieces = wire.split(json.dumps(whole).encode())
    written = b"".join(wire.events.event(piece, with_usage=with_usage) for piece in pieces) + wire.events.end
    cut = data.draw(st.integers(0, len(written)))
    decoder = Decoder()
    *read, end = decoder.feed(written[:cut]) + decoder.feed(written[cut:])
    assert end == DONE
    has_usage = "usage" in whole and not with_usage
    assert read == (pieces[:-1] if has_usage else pieces)


@given(lines=st.lists(st.sampled_from([b"{", b"}", b'"a":1', b"\n", b"\r", b"\r\n", b" "]), min_size=1, max_size=9))
def test_a_piece_with_line_ends_stays_one_event(lines: list[bytes]) -> None:
    piece = b"".join(lines)
    read = Decoder().feed(Chat().events.event(piece, with_usage=True))
    assert read == [piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")]
