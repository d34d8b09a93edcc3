import json
from typing import Any, get_type_hints

import pytest
from openai.types import completion_create_params, embedding_create_params
from openai.types.chat import completion_create_params as chat_create_params

from pantler.config.values import Route
from pantler.gateway.query_key import HARMLESS, Partition, material
from pantler.gateway.readings import Bypass
from pantler.gateway.wire import Request, Wire
from pantler.gateway.wires.chat import Chat
from pantler.gateway.wires.completions import Completions
from pantler.gateway.wires.embeddings import Embeddings

CHAT, COMPLETIONS, EMBEDDINGS = Chat(), Completions(), Embeddings()
SDK = {
    "chat": [
        chat_create_params.CompletionCreateParamsNonStreaming,
        chat_create_params.CompletionCreateParamsStreaming,
    ],
    "completion": [
        completion_create_params.CompletionCreateParamsNonStreaming,
        completion_create_params.CompletionCreateParamsStreaming,
    ],
    "embedding": [embedding_create_params.EmbeddingCreateParams],
}
SMALLEST: dict[str, dict[str, Any]] = {
    "chat": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
    "completion": {"model": "m", "prompt": "Hi"},
    "embedding": {"model": "m", "input": "Hi"},
}
ANY = Route("r", ("m",), cache_sampling="any")
UNSET = Route("r", ("m",))
WIRES = {wire.operation: wire for wire in (CHAT, COMPLETIONS, EMBEDDINGS)}
every_wire = pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
TYPED: dict[str, list[Any]] = {
    "model": ["other", "another"],
    "messages": [[{"role": "user", "content": "Ho"}], [{"role": "system", "content": "Hi"}]],
    "prompt": ["Ho", ["Ho", "Hi"]],
    "input": ["Ho", [1, 2]],
    "stream": [True],
    "stream_options": [{"include_usage": True}],
    "user": ["ann", "bob"],
    "n": [2, 3],
    "best_of": [2, 3],
    "max_tokens": [1, 2],
    "max_completion_tokens": [1, 2],
}


def sdk_fields(operation: str) -> set[str]:
    return {name for kind in SDK[operation] for name in get_type_hints(kind)}


def read(wire: Wire, fields: dict[str, Any]) -> Request:
    request = wire.read(json.dumps(fields).encode())
    assert isinstance(request, Request), request
    return request


def keyed(wire: Wire, route: Route = ANY, **fields: Any) -> bytes | Bypass:
    return material(read(wire, {**SMALLEST[wire.operation], **fields}), wire, route)


def why(found: bytes | Bypass) -> str:
    assert isinstance(found, Bypass)
    return found.reason


@pytest.mark.promise("C2")
@every_wire
def test_every_field_of_openais_sdk_is_known(wire: Wire) -> None:
    assert sdk_fields(wire.operation) == wire.known


@pytest.mark.promise("C2")
@every_wire
def test_any_field_that_may_change_the_answer_changes_the_key_and_no_other_does(wire: Wire) -> None:
    plain = keyed(wire)
    for name in sorted(wire.known):
        values = TYPED.get(name, ["a value", 0, 0.5, True, ["a"], {"a": "b"}])
        keys = [keyed(wire, **{name: value}) for value in values]
        if name in HARMLESS:
            assert set(keys) == {plain}, name
        else:
            assert len({plain, *keys}) == len(values) + 1, name


@pytest.mark.promise("C2")
@every_wire
def test_an_unknown_field_means_bypass_unless_the_route_declares_it(wire: Wire) -> None:
    declared = Route("r", ("m",), cache_sampling="any", key_fields=("top_k",))
    assert why(keyed(wire, top_k=3)) == "unknown field 'top_k'; the route may name it in key_fields"
    assert why(keyed(wire, **{"my secret": 3})) == (
        "unknown field whose name is none; the route may name it in key_fields"
    )
    assert isinstance(keyed(wire, declared, top_k=3), bytes)
    assert keyed(wire, declared, top_k=3) != keyed(wire, declared, top_k=4)
    assert why(keyed(wire, declared, top_k=3, min_p=1)) == (
        "unknown field 'min_p'; the route may name it in key_fields"
    )


def test_the_order_of_names_and_the_white_space_do_not_matter() -> None:
    one = CHAT.read(b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"a":1,"b":{"c":2,"d":3}}]}')
    other = CHAT.read(
        b'{ "tools" : [ {"b":{"d":3, "c":2},"a":1} ],\n "messages":[{"content":"\\u0048i","role":"user"}],"model":"m"}'
    )
    assert isinstance(one, Request)
    assert isinstance(other, Request)
    assert material(one, CHAT, ANY) == material(other, CHAT, ANY)


def test_texts_are_compared_exactly() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    texts = [composed, decomposed, composed + " ", composed.upper()]
    assert len({keyed(CHAT, messages=[{"role": "user", "content": text}]) for text in texts}) == len(texts)


def test_a_whole_number_is_the_same_sampling_setting_however_it_is_written() -> None:
    assert keyed(CHAT, temperature=0) == keyed(CHAT, temperature=0.0) == keyed(CHAT, temperature=-0.0)
    assert keyed(CHAT, top_p=1) == keyed(CHAT, top_p=1.0)


def test_one_and_one_point_nought_differ_where_a_model_may_read_them() -> None:
    assert keyed(CHAT, tools=[{"const": 1}]) != keyed(CHAT, tools=[{"const": 1.0}])


def test_true_is_not_one() -> None:
    assert keyed(CHAT, logprobs=True) != keyed(CHAT, logprobs=1)


@pytest.mark.promise("C2")
@pytest.mark.parametrize(
    ("sampling", "temperature", "cached"),
    [
        ("deterministic", None, False),
        ("deterministic", 0, True),
        ("deterministic", 0.0, True),
        ("deterministic", 0.7, False),
        ("unset", None, True),
        ("unset", 0, True),
        ("unset", 1e-9, False),
        ("unset", 1, False),
        ("unset", "0", False),
        ("unset", False, False),
        ("any", None, True),
        ("any", 0, True),
        ("any", 1.5, True),
        ("any", "hot", True),
    ],
)
@pytest.mark.parametrize("wire", [CHAT, COMPLETIONS], ids=["chat", "completions"])
def test_what_is_cached_at_which_temperature(wire: Wire, sampling: Any, temperature: object, cached: bool) -> None:
    route = Route("r", ("m",), cache_sampling=sampling)
    fields = {} if temperature is None else {"temperature": temperature}
    assert isinstance(keyed(wire, route, **fields), bytes) is cached


def test_a_temperature_of_null_is_none() -> None:
    assert isinstance(keyed(CHAT, UNSET, temperature=None), bytes)


@pytest.mark.parametrize("sampling", ["deterministic", "unset", "any"])
def test_embeddings_are_cached_however_answers_are_sampled(sampling: Any) -> None:
    assert isinstance(keyed(EMBEDDINGS, Route("r", ("m",), cache_sampling=sampling)), bytes)


def test_a_route_may_keep_users_apart() -> None:
    apart = Route("r", ("m",), partition_by_user=True)
    keys = [keyed(CHAT, apart), keyed(CHAT, apart, user="ann"), keyed(CHAT, apart, user="bob")]
    assert len({*keys, keyed(CHAT, apart, safety_identifier="ann")}) == 4
    assert keyed(CHAT, apart, user="ann", store=True) == keys[1]


def test_tenants_routes_revisions_and_operations_have_no_key_in_common() -> None:
    names = [("a", "bc"), ("ab", "c"), ("a", "b", "c"), ("abc",), ("a", "bc", "")]
    assert len({Partition(b"pepper", *some).key(b"material") for some in names}) == len(names)


def test_another_pepper_makes_other_keys() -> None:
    assert Partition(b"pepper", "a").key(b"x") != Partition(b"salt", "a").key(b"x")
    assert Partition(b"p" * 200, "a").key(b"x") != Partition(b"p" * 201, "a").key(b"x")


def test_a_key_is_the_same_in_every_process_and_version() -> None:
    assert Partition(b"pepper", "tenant", "route", "", "chat").key(b"{}") == 297888655213199644418137923292223491773


def test_each_variant_has_a_key_of_its_own() -> None:
    partition = Partition(b"pepper", "tenant")
    assert len({partition.key(b"x", variant) for variant in range(5)}) == 5
