import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connection import BODY, Server, request
from pantler.gateway.heads import Bounds
from pantler.gateway.known_heads import KnownHeads, parted
from pantler.gateway.offers import EXTENSION, LEAVING, WHOLE, never_at_once
from pantler.gateway.protocol import Protocol, bounded
from pantler.gateway.repeats import LARGEST, Repeats
from pantler.gateway.replies import reply


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(**settings: Any) -> Server:
        servers.append(Server(**settings))
        return servers[-1]

    yield make
    for server in servers:
        server.leave()


def refused(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-type: application/json" in head
    error = json.loads(body)["error"]
    assert len(error["message"]) > 20
    return int(head.split()[1]), error["code"]


def test_a_plain_request_is_answered(serve: Any) -> None:
    assert serve().send(request()).endswith(b"POST /v1/chat/completions " + BODY)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (request(BODY, b"Content-Length: 27"), 400, "malformed_request"),
        (request(BODY, b"Transfer-Encoding: chunked"), 400, "malformed_request"),
        (request(BODY, b"X: a\r\n folded"), 400, "malformed_request"),
        (request(BODY, b"X : a"), 400, "malformed_request"),
        (request().replace(b"\r\n", b"\n"), 400, "malformed_request"),
        (b"\x16\x03\x01 not http", 400, "malformed_request"),
        (b"POST /\xff\xfe HTTP/9.9\r\n\r\n", 400, "malformed_request"),
        (request(BODY, b"Authorization: Bearer other"), 400, "repeated_header"),
        (request(BODY, b"Host: other"), 400, "repeated_header"),
        (request().replace(b"Host: pantler\r\n", b""), 400, "missing_host"),
        (request(BODY, b"Connection: Upgrade", b"Upgrade: h2c"), 400, "upgrade_not_supported"),
        (request(BODY, b"Content-Encoding: gzip"), 415, "compressed_body"),
        (request(b"x" * 2000), 413, "body_too_large"),
        (request(BODY, *[b"X-%d: a" % n for n in range(30)]), 431, "head_too_large"),
        (request(BODY, b"X: " + b"a" * 3000), 431, "head_too_large"),
        (request().replace(b"/v1", b"/v1?" + b"a" * 3000, 1), 431, "head_too_large"),
        (b"CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "upgrade_not_supported"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_could_be_misread_or_is_too_much_is_refused(
    serve: Any, raw: bytes, status: int, code: str, size: int
) -> None:
    server = serve(bounds=Bounds(header_bytes=2000, header_count=20, body_bytes=1000))
    answer = server.send(*(raw[at : at + size] for at in range(0, len(raw), size)))
    assert refused(answer) == (status, code)
    assert server.transport.closed


def chunked(*chunks: bytes) -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def test_a_body_in_chunks_is_read(serve: Any) -> None:
    assert serve().send(chunked(b"ab", b"c")).endswith(b"POST / abc")


@pytest.mark.parametrize("chunk", [b"x" * 100, b"x"])
def test_a_body_in_chunks_is_cut_off_where_it_grows_too_large(serve: Any, chunk: bytes) -> None:
    server = serve(bounds=Bounds(header_bytes=200, body_bytes=500))
    raw = chunked(*[chunk] * 1000)
    assert refused(server.send(*(raw[at : at + 50] for at in range(0, len(raw), 50)))) == (413, "body_too_large")


def test_trailers_do_not_reach_the_app(serve: Any) -> None:
    server = serve()
    server.send(chunked(b"ab").removesuffix(b"\r\n") + b"Authorization: Bearer other\r\n\r\n")
    assert server.parsed == 1
    assert [name for name, _ in server.protocol.scope["headers"]] == [b"host", b"transfer-encoding"]


def test_a_head_that_never_ends_is_refused_in_time(serve: Any) -> None:
    server = serve(bounds=Bounds(header_seconds=10))
    server.send(request()[:30])
    server.timers.pass_by(9.9)
    assert not server.transport.closed
    server.send(request()[30:31])
    server.timers.pass_by(0.1)
    assert refused(server.transport.written) == (408, "head_too_slow")
    assert server.transport.closed


def test_a_body_that_never_ends_is_refused_in_time(serve: Any) -> None:
    server = serve(bounds=Bounds(header_seconds=10, body_seconds=30))
    server.send(request()[:-5])
    server.timers.pass_by(29.9)
    server.send(b"x")
    assert not server.transport.closed
    server.timers.pass_by(0.1)
    assert refused(server.transport.written) == (408, "body_too_slow")
    assert server.transport.closed


def test_a_connection_on_which_nothing_is_asked_is_closed(serve: Any) -> None:
    server = serve(bounds=Bounds(header_seconds=10))
    server.timers.pass_by(10)
    assert server.transport.closed
    assert server.transport.written == b""


def test_a_client_that_takes_nothing_is_let_go_of_and_a_slow_one_is_not(serve: Any) -> None:
    server = serve(bounds=Bounds(header_seconds=1000.0, unread_seconds=10.0))
    server.transport.unread = 100_000
    server.protocol.pause_writing()
    for _ in range(3):
        server.transport.unread -= 10
        server.timers.pass_by(10.0)
    assert not server.transport.closed
    server.protocol.resume_writing()
    server.timers.pass_by(10.0)
    assert not server.transport.closed
    server.protocol.pause_writing()
    server.timers.pass_by(10.0)
    assert server.transport.closed


ENDS: dict[str, Callable[[Server], object]] = {
    "nothing more is asked": lambda server: (server.send(request()), server.timers.pass_by(5.0)),
    "nothing more is asked of what is stored": lambda server: (
        server.send(request(b"stored")),
        server.timers.pass_by(5.0),
        server.timers.pass_by(5.0),
    ),
    "the client asks for it": lambda server: server.send(request(BODY, b"Connection: close")),
    "the client says no more": lambda server: (server.protocol.eof_received(), server.transport.close()),
    "the process ends": lambda server: (server.send(request()), server.protocol.shutdown()),
    "what was asked is refused": lambda server: server.send(b"not http"),
    "enough was taken to write on": lambda server: (
        server.protocol.pause_writing(),
        server.transport.close(),
        server.protocol.resume_writing(),
    ),
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
def test_what_a_client_never_takes_does_not_keep_a_closed_connection_however_little_it_is(
    serve: Any, ends: Callable[[Server], object]
) -> None:
    server = serve(bounds=Bounds(unread_seconds=10.0), stored=[b"stored"])
    server.transport.unread = 200
    ends(server)
    assert server.transport.closed
    for _ in range(3):
        server.transport.unread -= 10
        server.timers.pass_by(10.0)
    assert not server.transport.aborted
    server.timers.pass_by(10.0)
    assert server.transport.aborted


def test_an_answered_request_leaves_only_the_keep_alive_timer(serve: Any) -> None:
    server = serve()
    server.send(request())
    assert server.timers.waiting == 1
    server.timers.pass_by(5)
    assert server.transport.closed


def test_the_same_bytes_again_are_not_parsed(serve: Any) -> None:
    server = serve()
    first = server.send(request())
    assert server.send(request()) == first
    assert (server.parsed, server.repeated) == (1, 1)


def test_another_connection_may_repeat_too(serve: Any) -> None:
    repeats = Repeats()
    serve(repeats=repeats).send(request())
    other = serve(repeats=repeats)
    other.send(request())
    assert (other.parsed, other.timers.waiting) == (0, 1)


@pytest.mark.parametrize(
    "other",
    [
        request(BODY + b" "),
        request(BODY, b"Cache-Control: no-store"),
        request().replace(b"Bearer k", b"Bearer l"),
        request(path=b"/v1/completions"),
        request().replace(b"Host", b"host"),
    ],
)
def test_other_bytes_are_parsed(serve: Any, other: bytes) -> None:
    server = serve()
    server.send(request(), other)
    assert (server.parsed, server.repeated) == (2, 0)


def test_a_head_that_comes_alone_is_held_until_its_body_has_come(serve: Any) -> None:
    server = serve()
    head, body = request()[: -len(BODY)], BODY
    server.send(head, body)
    answer = server.send(head, body[:5], body[5:])
    assert answer.endswith(BODY)
    assert (server.parsed, server.repeated) == (1, 1)
    server.send(head, body[:-1] + b" ")
    assert (server.parsed, server.repeated) == (2, 1)


def test_a_held_head_whose_body_never_comes_is_refused_in_time(serve: Any) -> None:
    server = serve(bounds=Bounds(body_seconds=3))
    server.send(request())
    answered = len(server.transport.written)
    server.send(request()[: -len(BODY)])
    server.timers.pass_by(3)
    assert refused(server.transport.written[answered:]) == (408, "body_too_slow")
    assert server.transport.closed


def test_requests_behind_a_held_one_are_answered_in_turn(serve: Any) -> None:
    server = serve()
    server.send(request())
    head, other = request()[: -len(BODY)], request(b"other")
    answer = server.send(head, BODY + other + request(b"third"))
    assert [part.split(b" ")[-1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [BODY, b"other", b"third"]


def test_a_held_request_is_answered_when_the_server_shuts_down(serve: Any) -> None:
    server = serve()
    server.send(request(), request()[: -len(BODY)])
    server.protocol.shutdown()
    server.settle()
    assert not server.transport.closed
    assert server.send(BODY).endswith(BODY)
    assert server.transport.closed


def test_an_answer_that_may_not_be_given_again_goes_the_long_way(serve: Any) -> None:
    server = serve()
    server.send(request())
    server.open = server.remembers = False
    server.send(request(), request())
    assert (server.parsed, server.repeated) == (3, 0)
    assert not server.repeats.again


def test_what_fails_at_its_second_coming_is_told_of_and_goes_the_long_way(serve: Any, caplog: Any) -> None:
    server = serve()
    server.send(request())

    def fails() -> bytes:
        raise RuntimeError("a fault")

    server.repeats.learn(request(), fails)
    assert server.send(request()).startswith(b"HTTP/1.1 200")
    assert server.parsed == 2
    assert "could not be answered again" in caplog.text


def test_nothing_is_known_after_clearing(serve: Any) -> None:
    server = serve()
    server.send(request())
    server.repeats.clear()
    server.send(request())
    assert (server.parsed, server.repeated) == (2, 0)


@pytest.mark.parametrize(
    "raw",
    [
        request(BODY, b"Connection: close"),
        request(BODY, b"Expect: 100-continue"),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request().replace(b"POST", b"PUT"),
        chunked(BODY),
        request(b"x" * 70_000),
    ],
)
def test_what_is_not_plain_is_not_remembered(serve: Any, raw: bytes) -> None:
    server = serve()
    server.send(raw)
    assert server.parsed == 1
    assert not server.repeats.again


def test_what_is_remembered_too_late_is_not_taken_for_the_next_request(serve: Any) -> None:
    server = serve()
    server.remembers = False
    server.send(request())
    remember = server.protocol.scope["extensions"][EXTENSION]["remember"]
    server.send(request(b"other"))
    remember(lambda: b"wrong", 0)
    assert not server.repeats.again


def test_a_request_that_is_over_leaves_nothing_for_the_collector(serve: Any) -> None:
    server = serve()
    server.send(request())
    gone = ref(server.protocol.cycle)
    gc.disable()
    try:
        server.send(request(b"other"))
        assert gone() is None
    finally:
        gc.enable()


def test_a_client_that_leaves_is_missed_by_every_request_of_its(serve: Any) -> None:
    server = serve()
    server.waits = True
    server.send(request() + request(b"other"))
    server.protocol.connection_lost(None)
    server.settle()
    assert server.told_gone == 1  # the other was not begun


@pytest.fixture
def whole() -> Iterator[Callable[..., Server]]:
    """A server whose app hands its answers over whole, and what it was told of each."""
    servers: list[Server] = []

    class Whole(Server):
        header = (b"x-a", b"b")

        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            body = (await receive())["body"]
            self.taken.append(scope["extensions"][WHOLE]([self.header], body))
            if not self.taken[-1]:
                await reply(send, 200, [self.header], body)

    def make(**settings: Any) -> Server:
        server = Whole(**settings)
        server.taken = []
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.leave()


def test_a_whole_answer_is_written_at_once(whole: Any) -> None:
    server = whole()
    answer = server.send(request())
    assert answer == b"HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 27\r\n\r\n" + BODY
    assert server.send(request(), request()) == 2 * answer  # the connection goes on
    assert server.transport.writes == 3
    assert server.send(request(), request(), at_once=True) == 2 * answer


def test_a_whole_answer_is_the_last_where_the_client_says_so(whole: Any) -> None:
    server = whole()
    assert b"connection: close\r\n" in server.send(request(BODY, b"Connection: close"))
    assert server.transport.closed


def test_a_whole_answer_without_a_body_or_to_a_client_that_does_not_read_is_sent(whole: Any) -> None:
    server = whole()
    answer = server.send(request().replace(b"POST", b"HEAD"))
    assert answer.endswith(b"\r\n\r\n")
    server.protocol.pause_writing()
    assert server.send(request()) == b""
    server.protocol.resume_writing()
    assert server.send().endswith(BODY)
    assert server.taken == [False, False]


def test_a_header_with_a_line_break_is_not_sent(whole: Any, caplog: Any) -> None:
    server = whole()
    server.header = (b"x-a", b"b\r\nx-c: d")
    assert server.send(request()).startswith(b"HTTP/1.1 500 ")
    assert "line break" in caplog.text


def test_a_hit_is_answered_without_the_app(serve: Any) -> None:
    server = serve(stored=[b"known"])
    answer = server.send(request(b"known"))
    assert answer.endswith(b"POST /v1/chat/completions known")
    assert (server.parsed, server.at_once) == (0, 1)
    assert server.timers.waiting == 1  # that closes the connection in the end
    server.timers.pass_by(5)
    server.timers.pass_by(5)
    assert server.transport.closed


def test_a_body_that_is_large_goes_the_long_way_whether_its_head_is_known_or_not(serve: Any) -> None:
    large = b"x" * (LARGEST + 1)
    server = serve(bounds=Bounds(body_bytes=2 * LARGEST), stored=[BODY, large])
    server.send(request())
    for _ in range(2):
        assert server.send(request(large)).endswith(large)
    assert (server.at_once, server.parsed) == (1, 2)


def test_a_head_is_read_once_whatever_the_length_that_it_gives(serve: Any) -> None:
    server = serve(stored=[b"known", b"known in other bytes"])
    for body in (b"known", b"known in other bytes", b"not known", b"known"):
        assert server.send(request(body)).endswith(body)
    assert (server.received, server.parsed, server.at_once) == (1, 1, 3)
    server.repeats.clear()
    server.send(request(b"known"))
    assert server.received == 2


def test_another_connection_knows_the_head_too(serve: Any) -> None:
    repeats = Repeats()
    serve(repeats=repeats).send(request(b"known"))
    other = serve(repeats=repeats, stored=[b"known"])
    other.send(request(b"different"))
    assert (other.received, other.parsed) == (0, 1)


def test_a_known_head_that_comes_alone_is_held_and_its_body_answered_at_once(serve: Any) -> None:
    server = serve(stored=[b"known", b"known too"])
    head = request(b"known")[: -len(b"known")]
    server.send(head, b"known")
    assert (server.parsed, server.at_once) == (1, 0)  # it was not known yet
    other = request(b"known too")
    assert server.send(other[:-9], other[-9:-4], other[-4:]).endswith(b"known too")
    assert (server.parsed, server.at_once) == (1, 1)


def test_a_head_that_is_not_known_reaches_the_app_before_its_body(serve: Any) -> None:
    server = serve()
    server.send(request(b"body").replace(b"Bearer k", b"Bearer l")[:-4])
    assert server.parsed == 1
    assert len(server.repeats.heads) == 0


def test_what_was_read_is_told_of_its_request_and_of_no_other(serve: Any) -> None:
    server = serve(stored=[b"known"])
    chunks = chunked(b"other")
    for one in (request(b"first"), request(b"known"), request(b"second"), chunks, request(b"x", b"Connection: close")):
        server.send(one)
    assert server.readings == ["read first", "read second", None, None]


def test_hits_and_misses_that_come_together_are_answered_in_their_order(serve: Any) -> None:
    server = serve(stored=[b"known"])
    bodies = [b"known", b"first", b"known", b"known", b"second", b"known"]
    for _ in range(2):
        answer = server.send(b"".join(map(request, bodies)))
        assert [part.split(b" ")[-1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == bodies
    assert server.at_once == 2  # the others came behind a response that was pending
    assert not server.repeats.again


def test_a_hit_behind_a_response_that_is_pending_goes_the_long_way(serve: Any) -> None:
    server = serve(stored=[b"known"])
    server.send(request(b"known"))
    answer = server.send(request(b"other"), request(b"known"), at_once=True)
    assert [part.split(b" ")[-1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"other", b"known"]
    assert (server.parsed, server.at_once) == (2, 1)


@pytest.mark.parametrize(
    "raw",
    [
        request(BODY, b"Connection: close"),
        request(BODY, b"Expect: 100-continue"),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request().replace(b"POST", b"PUT"),
        request().replace(b"POST", b"HEAD"),
        chunked(BODY),
    ],
)
def test_what_is_not_plain_is_not_answered_at_once(serve: Any, raw: bytes) -> None:
    server = serve(stored=[BODY])
    server.send(raw)
    assert (server.received, server.parsed, server.at_once) == (0, 1, 0)
    assert len(server.repeats.heads) == 0


def test_a_client_that_does_not_read_gets_no_answer_at_once(serve: Any) -> None:
    server = serve(stored=[BODY])
    server.send(request())
    server.protocol.pause_writing()
    server.send(request())
    assert (server.parsed, server.at_once) == (1, 1)


def test_a_way_that_fails_is_told_of_and_the_request_goes_the_long_way(serve: Any, caplog: Any) -> None:
    server = serve()
    server.stored = None
    assert server.send(request()).endswith(BODY)
    assert "could not be answered at once" in caplog.text


def test_a_head_that_was_known_for_its_length_alone_is_asked_for_at_its_next_coming(serve: Any) -> None:
    repeats = Repeats()
    repeats.learn(request(b"one"), lambda: None)
    server = serve(repeats=repeats, stored=[b"known"])
    server.send(request(b"known"), request(b"known"))
    assert (server.received, server.parsed, server.at_once) == (1, 0, 2)


def test_digits_of_another_header_are_no_length() -> None:
    repeats = Repeats()
    repeats.heads.learn(request(BODY, b"X-Strength: 27"))
    repeats.heads.learn(request().replace(b"Content-Length: 27", b"Content-Length:  27"))
    repeats.heads.learn(request().replace(b"27", b"027"))
    assert len(repeats.heads) == 0


def test_the_table_of_heads_is_bounded_and_keeps_those_that_come() -> None:
    heads = KnownHeads(most=3)
    found = [parted(request(b"other", b"X: %d" % number)) for number in range(20)]
    ways = [one.head for one in found if one is not None]
    for number in range(20):
        heads.learn(request(BODY, b"X: %d" % number))
        assert heads.get(ways[0]) is never_at_once
        assert len(heads) <= 6
    assert heads.get(ways[19]) is never_at_once
    assert not any(map(heads.get, ways[1:14]))


def test_requests_that_came_together_are_not_remembered(serve: Any) -> None:
    server = serve()
    server.send(request() + request(b"other"))
    assert server.parsed == 2
    assert not server.repeats.again


def test_a_connection_of_repeats_stays_open_while_they_come_and_is_closed_after(serve: Any) -> None:
    server = serve()
    server.send(request())
    for _ in range(10):
        server.timers.pass_by(3)
        server.send(request())
    assert not server.transport.closed
    assert server.repeated == 10
    server.timers.pass_by(5)
    server.timers.pass_by(5)
    assert server.transport.closed


def test_a_client_that_does_not_read_gets_no_repeats(serve: Any) -> None:
    server = serve()
    server.send(request())
    server.protocol.pause_writing()
    server.send(request())
    assert (server.parsed, server.repeated) == (2, 0)


def test_the_table_is_bounded_and_the_oldest_leaves_first() -> None:
    repeats = Repeats(most_bytes=100_000)
    requests = [request(b"%d" % number) for number in range(100)]
    for one in requests:
        repeats.learn(one, bytes, 9_000)
        repeats.learn(one, bytes, 9_000)
    assert 5 < len(repeats.again) <= 11
    assert list(repeats.again) == requests[-len(repeats.again) :]


def test_the_plain_protocol_stands_alone() -> None:
    assert issubclass(bounded(Bounds(), Repeats()), Protocol)


@pytest.mark.parametrize("asks_late", [False, True])
def test_an_app_is_told_that_its_client_has_gone_without_waiting_for_it(serve: Any, asks_late: bool) -> None:
    server = serve()
    gone = server.loop.create_future()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if asks_late:
            server.protocol.connection_lost(None)
        scope["extensions"][LEAVING](lambda: gone.set_result(None))
        await gone

    server.protocol.app = app
    server.protocol.data_received(request())
    server.loop.run_until_complete(asyncio.sleep(0))
    if not asks_late:
        assert not gone.done()
        server.protocol.connection_lost(None)
    server.protocol.parser = None
    assert gone.done()


def test_an_app_is_not_told_of_who_goes_with_the_whole_response(serve: Any) -> None:
    server = serve()
    told: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][LEAVING](lambda: told.append("gone"))
        await reply(send, 200, [], b"all")

    server.protocol.app = app
    assert server.send(request()).endswith(b"all")
    server.protocol.connection_lost(None)
    server.protocol.parser = None
    assert told == []


def test_a_request_that_goes_straight_is_answered_without_the_app(serve: Any) -> None:
    server = serve(straight=[BODY])
    for _ in range(2):
        writes = server.transport.writes
        assert server.send(request()).endswith(b"POST /v1/chat/completions " + BODY)
        assert server.transport.writes == writes + 1
    assert (server.received, server.parsed, len(server.went)) == (1, 0, 2)
    assert server.timers.waiting == 1  # what closes a connection that is no longer used


def test_a_connection_stays_open_while_a_response_is_owed_and_is_closed_after(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.waits = True
    server.send(request())
    server.timers.pass_by(60)
    assert not server.transport.closed
    server.went[0].end()
    server.timers.pass_by(5)
    assert not server.transport.closed
    server.timers.pass_by(5)
    assert server.transport.closed


def test_requests_behind_one_that_goes_straight_are_answered_after_it(serve: Any) -> None:
    server = serve(straight=[b"first"], stored=[b"known"])
    server.waits = True
    assert server.send(request(b"first"), at_once=True) == b""
    server.waits = False
    assert server.send(request(b"known"), request(b"other")) == b""
    server.went[0].end()
    server.settle()
    answer = server.transport.written
    assert [part.split(b" ")[-1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"first", b"known", b"other"]


def test_what_cannot_be_read_behind_a_response_that_is_owed_is_refused_after_it(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.waits = True
    server.send(request())
    assert server.send(b"\x16\x03\x01") == b""
    server.went[0].end()
    _, _, last = server.transport.written.rpartition(b"HTTP/1.1 ")
    assert refused(b"HTTP/1.1 " + last) == (400, "malformed_request")
    assert server.transport.closed


def test_a_head_that_has_begun_behind_a_response_that_is_owed_keeps_its_deadline(serve: Any) -> None:
    server = serve(straight=[BODY], bounds=Bounds(header_seconds=10))
    server.waits = True
    server.send(request())
    server.send(request()[:30])
    server.went[0].end()
    server.timers.pass_by(10)
    assert server.transport.written.count(b"head_too_slow") == 1


def test_who_goes_straight_is_told_once_that_its_client_has_gone(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.send(request())
    server.waits = True
    server.send(request())
    written = server.transport.written
    server.protocol.connection_lost(None)
    assert [straight.stopped for straight in server.went] == [0, 1]
    server.went[1].end()
    assert server.transport.written == written


def test_a_response_that_is_owed_when_the_server_shuts_down_is_the_last(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.waits = True
    server.send(request())
    server.protocol.shutdown()
    assert not server.transport.closed
    server.went[0].end()
    assert b"connection: close" in server.transport.written
    assert server.transport.closed


def test_an_error_of_a_request_that_goes_straight_has_its_status(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.waits = True
    server.send(request())
    server.went[0].end(429)
    server.settle()
    assert server.transport.written.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")


def test_a_response_that_was_owed_leaves_nothing_for_the_collector(serve: Any) -> None:
    server = serve(straight=[BODY])
    server.send(request())
    gone = ref(server.protocol.cycle)
    server.went.clear()
    gc.disable()
    try:
        server.send(request(b"other"))
        assert gone() is None
    finally:
        gc.enable()


LINES = (b"X: a", b"Content-Type: application/json", b"X-Length: 3")


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1200), st.integers(0, 40), st.binary(max_size=1)), min_size=2)
)
def test_bytes_are_parted_alike_whatever_came_before(sent: list[tuple[int, int, int, bytes]]) -> None:
    known = None
    for lines, size, place, byte in sent:
        data = request(b"x" * size, *LINES[:lines])
        at = data.find(b"Content-Length") + place  # near the digits a byte is another
        data = data[:at] + byte + data[at + len(byte) :]
        for some in (data, data[:at], data + data):
            known, plain = parted(some, known), parted(some)
            assert (known and (known.head, known.at, known.begin, known.end)) == (
                plain and (plain.head, plain.at, plain.begin, plain.end)
            )


@pytest.mark.parametrize("digits", [b"", b"0", b"027", b"12345678", b"2 7", b"+27", b"-1", b"2a", b" 27", b"\xb2"])
def test_a_length_that_is_not_said_in_the_usual_way_is_none_behind_a_known_head_either(digits: bytes) -> None:
    known = parted(request())
    assert known is not None
    assert parted(request(b"x" * 1234567), known) is not None
    data = request().replace(b"Content-Length: 27", b"Content-Length: " + digits)
    assert parted(data) is None
    assert parted(data, known) is None
