"""A body that is known but for its user is read as the desk would read it, and nothing else is taken for one."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pantler.config.keys import Keyring
from pantler.config.values import Config, Model, Route
from pantler.gateway import known_bodies
from pantler.gateway.desk import ANYBODY, Desk, sender
from pantler.gateway.known_bodies import FIELD, KnownBodies, blank
from pantler.gateway.readings import Reading
from pantler.gateway.replies import Refused
from pantler.gateway.routes import Routes
from pantler.gateway.wires import found

ROUTES = (
    Route("own", ("m",), partition_by_user=True),
    Route("varied", ("m",), variants=2),
    Route("m2", ("m",), key_fields=("mood",)),
)
SECRET = b"0123456789abcdef"
CONFIG = Config(models=(Model("m", price="free"),), routes=ROUTES)
CHAT = next(wire for wire in found() if wire.operation == "chat")
QUESTION = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}


class Asked:
    """Bodies of one sender, in their order; each is looked for, and read where it is not known."""

    def __init__(self, bodies: KnownBodies | None = None, place: str = "here") -> None:
        self.place = place
        self.desk = Desk(CONFIG, Routes(CONFIG), Keyring((), SECRET), SECRET)
        self.sender = sender(ANYBODY, {})
        self.bodies = KnownBodies() if bodies is None else bodies

    def known(self, body: bytes) -> Reading | None:
        """What is known of the body."""
        form = blank(body)
        return None if form is None else self.bodies.find(form, self.place, self.sender, body)

    def read(self, body: bytes) -> Reading | None:
        """What the desk reads; None where it refuses."""
        try:
            return self.desk.reading(CHAT, body, self.sender)
        except Refused:
            return None

    def ask(self, body: bytes) -> bool:
        """Whether the body was known, as the desk reads it; if not, it is learned."""
        known, read, form = self.known(body), self.read(body), blank(body)
        if known is not None:
            assert read is not None
            assert said(known) == said(read)
        elif read is not None and form is not None:
            self.bodies.learn(form, self.place, read)
        return known is not None


def said(reading: Reading) -> dict[str, Any]:
    """All that there is to a reading."""
    request = {name: getattr(reading.request, name) for name in type(reading.request).__slots__}
    rest = {name: getattr(reading, name) for name in Reading.__slots__ if name != "request"}
    return {**rest, **request, "order": json.dumps(reading.request.fields)}


def asking(**fields: Any) -> bytes:
    return json.dumps({**QUESTION, **fields}).encode()


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (",\n", ":\t ")], ids=["close", "spaced", "lines"])
@pytest.mark.parametrize("order", [1, -1], ids=["last", "first"])
def test_another_user_is_known_from_the_second_coming_on(separators: tuple[str, str], order: int) -> None:
    asked = Asked()
    bodies = [
        json.dumps(dict([*QUESTION.items(), ("user", user)][::order]), separators=separators).encode()
        for user in ("anna", "", "b" * 300, "c d:{}[],'")
    ]
    assert [asked.ask(body) for body in bodies] == [False, False, True, True]
    assert len(asked.bodies) == 1


@pytest.mark.parametrize(
    "body",
    [
        asking(metadata={"user": "%s"}),
        asking(user="anna", metadata={"user": "%s"}),
        asking(messages=[{"role": "user", "content": '"user":"%s"'}]),
        asking(user=None, stop="%s"),
        asking(user="anna").replace(b'"user": "anna"', b'"user": "%s", "user": "anna"'),
        asking(user="%s", model="own"),
        asking(user="%s", model="varied"),
        asking(user="%s", temperature=0.5),
        asking(user="%s", unheard_of=1),
        asking(user="%s", model="nobody's"),
        asking(user="%s")[:-1],
        b'"user":"%s"',
    ],
)
def test_what_hangs_on_the_name_or_is_not_the_users_is_never_known(body: bytes) -> None:
    asked = Asked()
    assert not any(asked.ask(body.replace(b"%s", name)) for name in (b"a", b"b", b"c", b"d"))


def test_what_hangs_on_the_name_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, looks = Asked(), []
    monkeypatch.setattr(known_bodies, "_hangs_on_nothing", lambda found, _: looks.append(found.user))
    for user in "abcd":
        asked.ask(asking(user=user, model="own"))
    assert looks == ["b"]


def test_a_look_at_a_body_takes_no_turn_of_its_variants() -> None:
    asked = Asked()
    keys = []
    for user in "abcdef":
        body = asking(model="varied", user=user)
        read, form = asked.read(body), blank(body)
        assert read is not None
        assert form is not None
        keys.append(read.key)
        asked.bodies.learn(form, asked.place, read)
    assert keys == keys[:2] * 3
    assert keys[0] != keys[1]


@pytest.mark.parametrize("name", ["\\u0061", "\\\\", "é", "\x7f", "\x01", "a\n", "\0", '\\"', "\ud800"])
def test_a_name_that_is_not_plain_is_read(name: str) -> None:
    asked = Asked()
    body = asking(user="%s")
    for plain in (b"a", b"b"):
        asked.ask(body.replace(b"%s", plain))
    assert asked.known(body.replace(b"%s", b"c"))
    assert not asked.known(body.replace(b"%s", name.encode(errors="surrogatepass")))


def test_a_byte_that_is_in_no_json_parts_nothing_in_two_ways() -> None:
    asked = Asked()
    body = asking(user="%s", stop="x")
    for plain in (b"a", b"b"):
        asked.ask(body.replace(b"%s", plain))
    space, rest = body.partition(FIELD)[2].split(b'"%s"')
    assert not asked.known(body.replace(space + b'"%s"' + rest, b'\0"c"' + space + rest))
    assert not asked.known(body.replace(b'"%s"' + rest, b'"c"' + rest + b"\0"))


def test_what_one_key_asked_is_known_by_any_of_its_heads_and_not_of_another() -> None:
    bodies = KnownBodies()
    first, second = Asked(bodies), Asked(bodies, "there")
    assert [first.ask(asking(user=user)) for user in "abc"] == [False, False, True]
    assert not second.known(asking(user="a"))
    first.sender = sender(ANYBODY, {b"traceparent": b"another"})
    assert first.ask(asking(user="a"))


def test_what_is_known_is_bounded_and_the_oldest_leave() -> None:
    asked = Asked(KnownBodies(10_000))
    for number in range(100):
        for user in "ab":
            asked.ask(asking(user=user, seed=number))
    assert 2 <= len(asked.bodies) <= 4
    assert asked.known(asking(user="c", seed=99))
    assert not asked.known(asking(user="c", seed=0))


NAMES = st.one_of(st.text(max_size=5), st.sampled_from(["user", "a", '"user":"b"', "\\"]))
PARTS = st.sampled_from(
    [
        '"user":',
        '"user": ',
        '"a"',
        '"b"',
        '""',
        "null",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"\\"user\\":"',
        '"metadata":',
        "\0",
    ]
)


@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["user", "stop", "metadata"])), max_size=4), st.lists(NAMES, max_size=4)
)
def test_objects_are_read_alike(fields: list[tuple[str, str]], users: list[str]) -> None:
    asked = Asked()
    others = {name: {"user": value} if name == "metadata" else value for value, name in fields}
    for user in ["x", "y", *users, *users]:
        for escaped in (True, False):
            text = json.dumps({**others, **QUESTION, "user": user}, ensure_ascii=escaped)
            asked.ask(text.encode(errors="surrogatepass"))


@given(st.lists(PARTS, max_size=12), st.lists(st.tuples(st.integers(0, 11), PARTS), max_size=6))
@example(['"user":', '"a"', ",", '"user":', '"b"'], [(4, '"a"'), (1, '"b"'), (1, '""')])
def test_any_text_is_read_alike(parts: list[str], changes: list[tuple[int, str]]) -> None:
    asked = Asked()
    for place, part in [(99, ""), *changes, *changes]:
        parts = [part if number == place else one for number, one in enumerate(parts)]
        asked.ask(b'{"model":"m","messages":[{}],' + "".join(parts).encode() + b"}")
