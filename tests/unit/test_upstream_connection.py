"""An answer is the same wherever its bytes are split."""

import asyncio
from typing import Any

import pytest

from pantler.core.outbox import Outbox
from pantler.providers._connection import Connection, NotHTTP

BODY = b'{"choices":[]}'
FRAMED = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 14\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'4;a=b\r\n{"ch\r\na\r\noices":[]}\r\n0\r\nX: y\r\n\r\n'
)
UNTIL_ITS_END = b"HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\n" + BODY


class Wire(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.is_aborted = False
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_aborted


async def sent() -> None:
    """An ask goes out at the end of the turn in which it is made."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def answered(*came: bytes, ends: bool = False) -> tuple[int, bytes | None, bytes, bool]:
    """Status, content type and body of what came in these parts, and whether another ask may follow."""
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Outbox(), lambda _: None)
    connection.connection_made(Wire())
    asked = asyncio.ensure_future(connection.ask(b"ask", b"", loop.time() + 20.0))
    await sent()
    for data in came:
        connection.data_received(data)
    if ends:
        connection.eof_received()
    await asked
    chunks = []
    while chunk := await connection.chunk(loop.time() + 20.0):
        chunks.append(chunk)
    is_spent = connection.is_spent
    connection.abort()
    return connection.status, connection.headers.get(b"content-type"), b"".join(chunks), is_spent


@pytest.mark.parametrize("sent", [FRAMED, CHUNKED], ids=["framed", "chunked"])
def test_an_answer_split_at_every_byte_is_the_same(sent: bytes) -> None:
    async def story() -> None:
        for place in range(1, len(sent)):
            assert await answered(sent[:place], sent[place:]) == (200, b"a/b", BODY, True)
        assert await answered(*(sent[place : place + 1] for place in range(len(sent)))) == (200, b"a/b", BODY, True)

    asyncio.run(story())


def test_an_answer_that_ends_with_its_connection_is_whole_and_the_last() -> None:
    assert asyncio.run(answered(UNTIL_ITS_END, ends=True)) == (200, b"a/b", BODY, False)


@pytest.mark.parametrize("place", range(1, 40))
def test_garbage_is_told_apart_wherever_it_begins(place: int) -> None:
    async def story() -> None:
        with pytest.raises(NotHTTP):
            await answered(FRAMED[:place] + b"\x00\r\r\x00")

    asyncio.run(story())


def test_asks_of_one_turn_are_sent_together_at_its_end() -> None:
    async def story() -> None:
        loop, outbox = asyncio.get_running_loop(), Outbox()
        wires = [Wire(), Wire()]
        asking = []
        for wire in wires:
            connection = Connection(loop, outbox, lambda _: None)
            connection.connection_made(wire)
            asking.append(asyncio.ensure_future(connection.ask(b"head ", b"body", loop.time() + 20.0)))
        await asyncio.sleep(0)
        assert [wire.written for wire in wires] == [[], []]
        await asyncio.sleep(0)
        assert [wire.written for wire in wires] == [[b"head body"], [b"head body"]]
        for each in asking:
            each.cancel()

    asyncio.run(story())


def test_what_comes_before_its_ask_is_sent_is_no_answer_to_it() -> None:
    async def story() -> None:
        loop, wire = asyncio.get_running_loop(), Wire()
        connection = Connection(loop, Outbox(), lambda _: None)
        connection.connection_made(wire)
        asked = asyncio.ensure_future(connection.ask(b"ask", b"", loop.time() + 20.0))
        await asyncio.sleep(0)
        connection.data_received(FRAMED)
        with pytest.raises(NotHTTP):
            await asked
        await sent()
        assert wire.is_aborted
        assert wire.written == []

    asyncio.run(story())
