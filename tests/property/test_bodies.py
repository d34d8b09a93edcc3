"""Every field of a client's body reaches the upstream as it was spelled, in every operation."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.asks import Ask
from pantler.gateway import wires
from pantler.gateway.wire import Request, Wire
from pantler.providers._bodies import streamed_body, whole_body

WIRES = wires.found()
every_wire = pytest.mark.parametrize("wire", WIRES, ids=[wire.operation for wire in WIRES])
OWN = {"model", "stream", "stream_options"}
ASKED = {"messages": '[ {"role":"user", "content":"\\u0041\\/"} ]', "prompt": '"\\u003a"', "input": '[ "x" ]'}
spelled_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

spaces = st.sampled_from(["", "", " ", "\n\t"])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@st.composite
def texts(draw: st.DrawFn, said: st.SearchStrategy[str] = words) -> str:
    """A text in one of the ways in which JSON may spell it."""
    word = json.dumps(draw(said), ensure_ascii=draw(st.booleans()))
    return word.replace(":", "\\u003A").replace("/", "\\/") if draw(st.booleans()) else word


def listed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(spaces, st.lists(inner, max_size=3)).map(lambda drawn: f"[{drawn[0]}{','.join(drawn[1])}]")


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    names = draw(st.lists(words, max_size=3, unique=True))
    members = [f"{draw(texts(st.just(name)))}{draw(spaces)}:{draw(spaces)}{draw(inner)}" for name in names]
    return "{" + ",".join(members) + "}"


values = st.recursive(
    st.sampled_from(["null", "true", "false"]) | numbers | texts(), lambda inner: listed(inner) | objects(inner)
)
unread = sorted(
    set().union(*(wire.known for wire in WIRES))
    - OWN
    - {*ASKED, "n", "best_of", "max_tokens", "max_completion_tokens", "user", "prediction"}
)
fields = st.dictionaries(st.sampled_from([*unread, "made_up", "träume"]), values, max_size=6)
own = st.sampled_from(
    [{}, {"stream": "false"}, {"stream": "true", "stream_options": '{"include_usage":false}'}, {"stream_options": "{}"}]
)


def body_of(spelled: dict[str, str]) -> bytes:
    return ("{" + ", ".join(f"{json.dumps(name)} : {value}" for name, value in spelled.items()) + "}").encode()


def ask_of(wire: Wire, body: bytes) -> Ask:
    read = wire.read(body)
    assert isinstance(read, Request), read
    return Ask(read.operation, "m", read.fields, sent=body)


@every_wire
@given(fields=fields, own=own, upstream_model=st.sampled_from(["m", "theirs"]))
def test_every_field_goes_on_as_it_was_spelled(
    wire: Wire, fields: dict[str, str], own: dict[str, str], upstream_model: str
) -> None:
    body = body_of({"model": '"m"', **ASKED, **own, **fields})
    ask = ask_of(wire, body)
    for sent in (whole_body(ask, upstream_model), streamed_body(ask, upstream_model)):
        went = {name: bytes(value).decode() for name, value in spelled_of(sent).items()}
        assert went.pop("model") == f'"{upstream_model}"'
        assert {name: value for name, value in went.items() if name not in OWN} == {**ASKED, **fields}
    assert spelled_of(whole_body(ask, upstream_model)).keys().isdisjoint(OWN - {"model"})
    assert msgspec.json.decode(spelled_of(sent)["stream_options"])["include_usage"] is True


@every_wire
@given(fields=fields, name=words.filter(bool), place=st.integers(0, 7), gap=st.sampled_from(["", " "]))
def test_wherever_a_body_names_its_model_the_upstreams_own_name_goes_in_its_place(
    wire: Wire, fields: dict[str, str], name: str, place: int, gap: str
) -> None:
    spelled = list({**ASKED, **fields}.items())
    spelled.insert(place, ("model", json.dumps(name, ensure_ascii=False)))
    body = ("{" + f",{gap}".join(f"{json.dumps(each)}:{gap}{value}" for each, value in spelled) + "}").encode()
    went = spelled_of(whole_body(ask_of(wire, body), 'their "own"'))
    assert bytes(went.pop("model")) == b'"their \\"own\\""'
    assert {each: bytes(value).decode() for each, value in went.items()} == {**ASKED, **fields}


@every_wire
@given(fields=fields)
def test_a_body_in_which_nothing_is_pantlers_own_goes_on_as_it_came(wire: Wire, fields: dict[str, str]) -> None:
    body = body_of({"model": '"m"', **ASKED, **fields})
    assert whole_body(ask_of(wire, body), "m") == body


@pytest.mark.parametrize(
    ("twice", "read"),
    [
        (b'{"model":"x","model":"m","messages":[{"role":"user"}]}', {"messages": [{"role": "user"}]}),
        (b'{"model":"m","messages":[{"role":"system","role":"user"}]}', {"messages": [{"role": "user"}]}),
        (
            b'{"model":"m","messages":[{"role":"system","role":"\\u003a\\u003A"}]}',
            {"messages": [{"role": "::"}]},
        ),
        (
            b'{"model":"m","messages":[{"role":"system","role":"user"}],"x":"\\u005cu003a"}',
            {"messages": [{"role": "user"}], "x": "\\u003a"},
        ),
    ],
    ids=["at the top", "below", "with colons that are spelled", "with what only looks like one"],
)
def test_of_a_name_given_twice_the_upstream_gets_the_value_that_is_in_the_key(twice: bytes, read: Any) -> None:
    chat = next(wire for wire in WIRES if wire.operation == "chat")
    ask = ask_of(chat, twice)
    once = msgspec.json.encode({"model": "m", **read})
    assert whole_body(ask, "m").count(b'"model"') == 1
    assert msgspec.json.decode(whole_body(ask, "m")) == msgspec.json.decode(once)
    assert len(whole_body(ask, "m")) == len(once)
    assert streamed_body(ask, "m").count(b'"role"') == 1
