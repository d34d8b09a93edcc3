from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connection import Server, request
from pantler.core.outbox import TOGETHER, Outbox

STORED = [b"one", b"two", b"three"]


class Post:
    """Notes which connections have sent their response."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.later: list[Callable[[], None]] = []
        self.call_soon = self.later.append
        self.outbox = Outbox(most=3)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.outbox.put(_Connection(number, self.sent), self)

    def end_turn(self) -> None:
        later, self.later[:] = [*self.later], []
        for call in later:
            call()


class _Connection:
    def __init__(self, number: int, sent: list[int]) -> None:
        self._number = number
        self._sent = sent

    def post(self) -> None:
        self._sent.append(self._number)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(stored=STORED)
    yield made
    made.leave()


def test_responses_go_out_together_at_the_end_of_the_turn() -> None:
    post = Post()
    post.put(1, 2)
    assert post.sent == []
    post.end_turn()
    assert post.sent == [1, 2]
    post.put(3)
    post.end_turn()
    assert post.sent == [1, 2, 3]


def test_so_many_responses_do_not_wait_for_the_end_of_the_turn() -> None:
    post = Post()
    post.put(1, 2, 3, 4)
    assert post.sent == [1, 2, 3]
    post.put(5, 6, 7)
    assert post.sent == [1, 2, 3, 4, 5, 6]
    post.end_turn()
    assert post.sent == [1, 2, 3, 4, 5, 6, 7]


def test_a_hit_is_written_at_the_end_of_the_turn(server: Server) -> None:
    server.protocol.data_received(request(b"one"))
    assert server.transport.writes == 0
    server.settle()
    assert server.transport.writes == 1
    assert server.transport.written.endswith(b"one")


def test_hits_of_one_connection_are_written_in_their_order_and_never_kept_together(server: Server) -> None:
    for body in STORED:
        server.protocol.data_received(request(body))
    assert server.transport.writes == 2
    server.settle()
    assert [part.split(b" ")[-1] for part in server.transport.written.split(b"HTTP/1.1 200 OK")[1:]] == STORED


@pytest.mark.parametrize(
    "happens",
    [
        lambda server: server.protocol.eof_received(),
        lambda server: server.protocol.shutdown(),
        lambda server: server.protocol.data_received(b"\x16\x03\x01 not http"),
        lambda server: server.protocol.data_received(request(b"one", b"Host: another")),
    ],
    ids=["end of file", "shutdown", "garbage", "a bad head"],
)
def test_a_response_is_written_before_the_connection_is_closed(
    server: Server, happens: Callable[[Server], object]
) -> None:
    server.protocol.data_received(request(b"one"))
    happens(server)
    assert server.transport.written.split(b"HTTP/1.1 ")[1].endswith(b"one")


def test_a_response_is_written_before_one_of_the_app(server: Server) -> None:
    answer = server.send(request(b"one"), request(b"none"), at_once=True)
    assert [part.split(b" ")[-1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"one", b"none"]


def test_nothing_is_written_to_a_client_that_has_gone(server: Server) -> None:
    server.protocol.data_received(request(b"one"))
    server.protocol.connection_lost(None)
    server.settle()
    assert server.transport.writes == 0


def test_a_handful_of_responses_is_written_together() -> None:
    written: list[Any] = []
    outbox, post = Outbox(), Post()
    for number in range(TOGETHER):
        outbox.put(_Connection(number, written), post)
    assert len(written) == TOGETHER
