"""Bytes that are answered without being parsed get the answer that they get when they are."""

from collections.abc import Collection
from functools import cache
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from connection import BODY, Server, request
from pantler.gateway.heads import Bounds
from pantler.gateway.repeats import Repeats

BOUNDS = Bounds(header_bytes=1000, header_count=12, body_bytes=400)
KNOWN = [
    request(),
    request(b"{}"),
    request(BODY, b"Cache-Control: no-cache"),
    request(b""),
    request(BODY, b"X-Filler: " + b"a" * 200),
    request(b"\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
]
ODD = [
    request(BODY, b"Connection: close"),
    request(BODY, b"Content-Length: 3"),
    request(BODY, b"Transfer-Encoding: chunked"),
    request(BODY, b"Expect: 100-continue"),
    request(BODY, b"Authorization: Bearer other"),
    request(b"y" * 500),
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"\r\n",
]
messages = st.lists(st.sampled_from(KNOWN + KNOWN + ODD), min_size=1, max_size=5)
mutations = st.lists(
    st.tuples(
        st.integers(0, 1500), st.sampled_from([b"", b"\r", b"\n", b" ", b"\0", b"0", b"A", b"\r\n", b":", b"\xff"])
    )
)
cuts = st.lists(st.integers(0, 1500), max_size=2)


def borders(whole: list[bytes]) -> list[int]:
    """Where a message ends, and where its head does."""
    starts = [0, *accumulate(map(len, whole))]
    return [start + one.find(b"\r\n\r\n") + 4 for start, one in zip(starts, whole, strict=False)] + starts


def mutated(raw: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, instead in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + instead + raw[at + 1 :]
    return raw


def parts_of(raw: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(raw), *(place % (len(raw) + 1) for place in places)})
    return [raw[left:right] for left, right in pairwise(edges)]


def outcome(
    parts: list[bytes],
    repeats: Repeats,
    *,
    remembers: bool,
    at_once: bool = False,
    stored: Collection[bytes] | None = None,
    straight: Collection[bytes] = (),
) -> tuple[bytes, bool, int]:
    """What was answered, whether the connection was closed, and how many requests were given to the app."""
    server = Server(repeats=repeats, bounds=BOUNDS, stored=stored or (), straight=straight)
    server.receives_any = stored is not None
    server.remembers = remembers
    try:
        answer = server.send(*parts, at_once=at_once)
        return answer, server.transport.closed, server.parsed
    finally:
        server.leave()


@cache
def answers() -> dict[bytes, bytes]:
    return {one: outcome([one], Repeats(), remembers=False)[0] for one in KNOWN}


def known() -> Repeats:
    repeats = Repeats()
    for one, answer in answers().items():
        repeats.learn(one, lambda answer=answer: answer)
    return repeats


def as_sent(
    whole: list[bytes], changes: list[tuple[int, bytes]], places: list[int], data: st.DataObject
) -> list[bytes]:
    """Requests with some bytes changed, cut at the places and at some borders between them."""
    kept = data.draw(st.lists(st.sampled_from(borders(whole)), max_size=8))
    return parts_of(mutated(b"".join(whole), changes), places + kept)


@settings(max_examples=300)
@given(whole=messages, changes=mutations, places=cuts, data=st.data())
def test_bytes_get_the_same_answer_whether_they_are_parsed_or_not(
    whole: list[bytes], changes: list[tuple[int, bytes]], places: list[int], data: st.DataObject
) -> None:
    parts = as_sent(whole, changes, places, data)
    at_once = data.draw(st.booleans())
    short = outcome(parts, known(), remembers=True, at_once=at_once)
    assert short[:2] == outcome(parts, Repeats(), remembers=False, at_once=at_once)[:2]


STORED = [BODY, b"{}", b"", b"x" * 60, b"\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"]
BODIES = [*STORED, b"other", b"z" * 300]
of_unlike_bodies = st.lists(st.sampled_from([*map(request, BODIES + BODIES), *KNOWN, *ODD]), min_size=1, max_size=6)


@settings(max_examples=300)
@given(whole=of_unlike_bodies, changes=mutations, places=cuts, data=st.data())
def test_bodies_get_the_same_answer_whether_they_are_answered_at_once_or_not(
    whole: list[bytes], changes: list[tuple[int, bytes]], places: list[int], data: st.DataObject
) -> None:
    parts = as_sent(whole, changes, places, data)
    at_once, remembers = data.draw(st.booleans()), data.draw(st.booleans())
    repeats = data.draw(st.sampled_from([Repeats, known]))()
    for body in data.draw(st.lists(st.sampled_from(BODIES), max_size=3)):
        outcome([request(body)], repeats, remembers=False, stored=STORED)
    short = outcome(parts, repeats, remembers=remembers, at_once=at_once, stored=STORED)
    assert short[:2] == outcome(parts, Repeats(), remembers=False, at_once=at_once)[:2]


@settings(max_examples=300)
@given(whole=of_unlike_bodies, changes=mutations, places=cuts, data=st.data())
def test_requests_get_the_same_answer_whether_they_go_straight_or_not(
    whole: list[bytes], changes: list[tuple[int, bytes]], places: list[int], data: st.DataObject
) -> None:
    parts = as_sent(whole, changes, places, data)
    at_once = data.draw(st.booleans())
    stored = data.draw(st.sets(st.sampled_from(BODIES)))
    repeats = Repeats()
    for body in data.draw(st.lists(st.sampled_from(BODIES), max_size=3)):
        outcome([request(body)], repeats, remembers=False, stored=stored, straight=BODIES)
    short = outcome(parts, repeats, remembers=False, at_once=at_once, stored=stored, straight=BODIES)
    assert short[:2] == outcome(parts, Repeats(), remembers=False, at_once=at_once)[:2]


@given(whole=st.lists(st.sampled_from(STORED), min_size=1, max_size=5))
def test_stored_bodies_that_come_whole_never_reach_the_app(whole: list[bytes]) -> None:
    parts = [request(body) for body in whole]
    answer, closed, parsed = outcome(parts, Repeats(), remembers=False, stored=STORED)
    assert (answer, closed) == outcome(parts, Repeats(), remembers=False)[:2]
    assert parsed == 0


@given(whole=st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5), heads_come_alone=st.booleans())
def test_known_requests_that_come_one_by_one_are_not_parsed(whole: list[bytes], heads_come_alone: bool) -> None:
    parts = [part for one in whole for part in parts_of(one, [one.index(b"\r\n\r\n") + 4] if heads_come_alone else [])]
    answer, closed, parsed = outcome(parts, known(), remembers=True)
    assert (answer, closed) == outcome(parts, Repeats(), remembers=False)[:2]
    assert parsed == 0
