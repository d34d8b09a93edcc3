"""Whatever a client sends as a head, with or without a body: no answer of 500 or above, and no connection for ever."""

import itertools
import tempfile
from pathlib import Path

import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connection import Server
from house import House, house
from pantler.gateway.heads import Bounds

BOUNDS = Bounds(header_bytes=2000, header_count=12, body_bytes=400, header_seconds=10.0, body_seconds=30.0)
ALL_THE_TIME_SECONDS = 1000.0
ASK = b'{"model":"m","messages":[{"role":"user","content":"?"}]}'
STREAMED = ASK[:-1] + b',"stream":true}'

odd = st.binary(max_size=40)
methods = (
    st.sampled_from([b"POST"] * 4 + [b"GET", b"HEAD", b"OPTIONS", b"PUT", b"post", b"PRI", b"CONNECT", b"M-SEARCH"])
    | odd
)
paths = (
    st.sampled_from(
        [b"/v1/chat/completions"] * 4
        + [
            b"/v1/models",
            b"/v1/models/%2e%2e",
            b"/v1/feedback",
            b"/healthz",
            b"/",
            b"*",
            b"//",
            b"/%00",
            b"http://h/v1/models",
        ]
        + [b"/v1/chat/completions?x=%ff#y", b"/" + b"a" * 300, b"/../etc/passwd", b"h:443"]
    )
    | odd
)
versions = (
    st.sampled_from([b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/9", b""]) | odd
)
NAMES = b"""Host Authorization Content-Type Content-Length Transfer-Encoding Content-Encoding Expect Connection Upgrade
HTTP2-Settings Cache-Control x-pantler-ttl x-pantler-tags traceparent Cookie X-Forwarded-For Trailer TE Range
content_length"""
VALUES = b"""0 57 -1 +5 1e3 0x10 99999999999999999999 chunked identity gzip close keep-alive upgrade h2c websocket
100-continue no-store max-age= max-age=1e9 only-if-cached 00-0-0-00"""
ODD_VALUES = [
    b"",
    b"5, 5",
    b"gzip, chunked",
    b"Bearer k",
    b"Bearer ",
    b"\xff\xfe",
    b"a\tb",
    b"x" * 300,
    b"a\r\n b",
    b"1\x00",
]
names = st.sampled_from([*NAMES.split(), b"Content-Length "])
values = st.sampled_from([*VALUES.split(), *ODD_VALUES]) | odd
lines = st.builds(
    lambda name, colon, value: name + colon + value,
    names | odd,
    st.sampled_from([b": "] * 6 + [b":", b" : ", b"", b":\t"]),
    values,
)
ends = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r", b"\r\n\r\n", b"\r\r\n", b""])
bodies = st.sampled_from([ASK, ASK, STREAMED, b"", b"{}", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"\x00" * 50]) | odd


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """The bytes of one request, more or less."""
    body = draw(bodies)
    head = [b" ".join([draw(methods), draw(paths), draw(versions)])]
    if draw(st.integers(0, 3)):
        head.append(b"Host: h")
    head += draw(st.lists(lines, max_size=6))
    if draw(st.integers(0, 3)):
        head.append(b"Content-Length: %d" % len(body))
    return b"".join([line + draw(ends) for line in head]) + draw(ends) + body


def statuses(written: bytes, asked: bytes) -> list[int]:
    """Those of every response; what answers a HEAD has no body."""
    found: list[int] = []

    class Heard:
        def on_headers_complete(self) -> None:
            found.append(parser.get_status_code())

    parser = httptools.HttpResponseParser(Heard())
    try:
        parser.feed_data(written)
    except httptools.HttpParserError:
        assert b"HEAD" in asked, "only the length of what a HEAD would bring misleads"
    return found


def told(parts: list[bytes]) -> tuple[bytes, bool]:
    """What a gateway says to these bytes until all its patience is over, and whether it has closed the connection."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(bounds=BOUNDS)
        gateway: House = house(Path(folder))
        server.protocol.app = gateway.serving.app
        try:
            for part in parts:
                server.send(part)
                for _ in range(4):
                    server.settle()
            server.timers.pass_by(ALL_THE_TIME_SECONDS)
            server.settle()
            return server.transport.written, server.transport.closed
        finally:
            server.leave()


@pytest.mark.promise("X1")
@settings(max_examples=150, deadline=None)
@given(whole=st.lists(requests(), min_size=1, max_size=3), places=st.lists(st.integers(0, 900), max_size=3))
@example([b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 57\r\n\r\n" + ASK], [])
@example([b"GET /healthz HTTP/1.1\r\nHost: h\r\n"], [])
def test_no_head_makes_the_gateway_fail_or_wait_for_ever(whole: list[bytes], places: list[int]) -> None:
    raw = b"".join(whole)
    edges = sorted({0, len(raw), *(place for place in places if place < len(raw))})
    written, is_closed = told([raw[left:right] for left, right in itertools.pairwise(edges)])
    assert is_closed
    found = statuses(written, raw)
    assert all(100 <= status < 500 for status in found), found
    assert found or b"\n" not in raw.strip(b"\r\n"), "whoever has sent lines gets an answer"
