"""An upstream on loopback that does whatever it is told, down to the byte: well, or one of the faults."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

_decode = msgspec.json.Decoder(float_hook=float).decode


@dataclass
class Connection:
    """One connection that the upstream took."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = b""
    sent: bytes = b""  # the body of the last ask
    body: Any = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)  # as far as it will go before it waits
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_ask(self) -> None:
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        size = next(line for line in self.head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        self.sent = await self.reader.readexactly(int(size.split(b":")[1]))
        self.body = _decode(self.sent or b"{}")

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def wait_for_close(self) -> None:
        self.reached.set()
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        end = self.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Connection], Awaitable[None]]
FAULTS: dict[str, tuple[Fault, str, str]] = {}  # with the kind of failure, of a whole answer and of a stream


def fault(whole: str, streamed: str | None = None) -> Callable[[Fault], Fault]:
    def named(does: Fault) -> Fault:
        FAULTS[does.__name__] = (does, whole, whole if streamed is None else streamed)
        return does

    return named


@asynccontextmanager
async def upstream(
    does: Fault, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncGenerator[tuple[str, list[Connection]], None]:
    connections: list[Connection] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        connections.append(connection)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await does(connection)
        finally:
            connection.closed.set()
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    async with server:
        yield f"{f'[{host}]' if ':' in host else host}:{server.sockets[0].getsockname()[1]}", connections


def chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(data: bytes) -> bytes:
    return chunked(b"data: " + data + b"\n\n")


def piece(content: str, finish_reason: str | None = None) -> bytes:
    return msgspec.json.encode(
        {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}]}
    )


def answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = (
    b'{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":5,"completion_tokens":1}}'
)
OTHERS = {  # by what is asked
    b"/v1/completions ": WHOLE.replace(b'"message":{"role":"assistant","content":"four"}', b'"text":"four"'),
    b"/v1/embeddings ": b'{"data":[{"index":0,"embedding":[0.5]}],"usage":{"prompt_tokens":5,"total_tokens":5}}',
}
USAGE = b'{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":2}}}'
DONE = event(b"[DONE]") + b"0\r\n\r\n"


async def well(connection: Connection) -> None:
    """Answers every ask of a connection."""
    while True:
        await connection.read_ask()
        if connection.streams:
            events = event(piece("fo")) + event(piece("ur")) + event(piece("", "stop")) + event(USAGE)
            await connection.send(STREAM + events + DONE)
        else:
            others = [said for path, said in OTHERS.items() if path in connection.head]
            await connection.send(answer(others[0] if others else WHOLE))


def answers(head: bytes) -> Fault:
    async def does(connection: Connection) -> None:
        while True:
            await connection.read_ask()
            await connection.send(head)
            connection.reached.set()

    return does


def begins(events: bytes, end: Callable[[Connection], Awaitable[None]]) -> Fault:
    """Streams so far, or sends the beginning of a whole answer, and then does `end`."""

    async def does(connection: Connection) -> None:
        await connection.read_ask()
        begun = JSON + f"Content-Length: {100 * len(WHOLE)}\r\n\r\n".encode() + WHOLE[:40]
        await connection.send(STREAM + events if connection.streams else begun)
        await end(connection)

    return does


OVERLOADED = ["429 Too Many", "503 Unavailable", "529 Overloaded"]
FAILED = ["400 Bad Request", "401 Unauthorized", "404 Not Found", "500 Broken", "502 Bad Gateway"]
HEADS = {
    "redirect": answer(b"", status="307 Elsewhere", more="Location: http://127.0.0.1:1/\r\n"),
    "no_content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "html": answer(b"<html>", kind="text/html"),
    "no_type": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "compressed": answer(b"\x1f\x8b", more="Content-Encoding: gzip\r\n"),
    "no_http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "http_2": b"HTTP/2.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "another_protocol": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n{}",
    "two_lengths": JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "length_and_chunks": JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "bad_chunk": JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "long_header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "many_headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % at for at in range(5000)) + b"\r\n",
}
BODIES = {
    "bad_json": b'{"choices": [',
    "not_an_object": b"[1, 2]",
    "no_choices": b'{"choices": []}',
    "choices_of_numbers": b'{"choices": [1]}',
    "nan_usage": WHOLE.replace(b":5", b":NaN"),
    "text_usage": WHOLE.replace(b":5", b':"five"'),
    "negative_usage": WHOLE.replace(b":5", b":-5"),
    "no_utf8": WHOLE.replace(b"four", b"\xff"),
    "deeply_nested": b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "empty": b"",
}


def carries(body: bytes) -> Fault:
    """Answers with this body, or this one piece."""

    async def does(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(STREAM + event(body) + DONE if connection.streams else answer(body))
        await connection.wait_for_close()

    return does


FAULTS |= {
    f"status_{status[:3]}": (answers(answer(b"{}", status=status)), *["overloaded"] * 2) for status in OVERLOADED
}
FAULTS |= {f"status_{status[:3]}": (answers(answer(b"{}", status=status)), *["status"] * 2) for status in FAILED}
FAULTS |= {name: (answers(head), "garbage", "garbage") for name, head in HEADS.items()}
FAULTS |= {f"body_{name}": (carries(body), "garbage", "garbage") for name, body in BODIES.items()}
FAULTS["body_no_choices"] = (carries(BODIES["no_choices"]), "garbage", "cut")


async def close(connection: Connection) -> None:
    connection.writer.close()


async def reset(connection: Connection) -> None:
    connection.reset()


async def hang(connection: Connection) -> None:
    await connection.wait_for_close()


async def drip(connection: Connection) -> None:
    with suppress(ConnectionError):
        while True:
            await connection.send(chunked(b"d") if connection.streams else b" ")
            await asyncio.sleep(0.01)


async def flood(connection: Connection) -> None:
    with suppress(ConnectionError):
        while True:
            await connection.send(chunked(b": " + b"x" * 65536 + b"\n"))


FIRST = event(piece("fo"))
FAULTS |= {
    "closed_within": (begins(FIRST, close), "cut", "cut"),
    "reset_within": (begins(FIRST, reset), "cut", "cut"),
    "hang_within": (begins(FIRST, hang), "timeout", "timeout"),
    "slow_drip": (begins(FIRST, drip), "timeout", "timeout"),
    "done_without_an_end": (begins(FIRST + DONE, close), "cut", "cut"),
    "ended_without_an_end": (begins(FIRST + b"0\r\n\r\n", close), "cut", "cut"),
    "one_choice_of_two_open": (
        begins(FIRST + event(piece("", "stop").replace(b'"index":0', b'"index":1')) + DONE, close),
        "cut",
        "cut",
    ),
    "error_within": (begins(FIRST + event(b'{"error":{"message":"out of memory"}}') + DONE, close), "cut", "cut"),
}


@fault("cut")
async def closed_before_an_answer(connection: Connection) -> None:
    await connection.read_ask()


@fault("cut")
async def reset_before_an_answer(connection: Connection) -> None:
    await connection.read_ask()
    connection.reset()


@fault("timeout")
async def hang_before_an_answer(connection: Connection) -> None:
    await connection.read_ask()
    await connection.wait_for_close()


@fault("timeout")
async def hang_within_the_headers(connection: Connection) -> None:
    await connection.read_ask()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await connection.wait_for_close()


@fault("timeout")
async def never_reads(connection: Connection) -> None:
    await connection.wait_for_close()


@fault("garbage")
async def endless_headers(connection: Connection) -> None:
    await connection.read_ask()
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    with suppress(ConnectionError):
        while True:
            await connection.send(b"X: " + b"x" * 4000 + b"\r\n")


@fault("garbage")
async def endless_body(connection: Connection) -> None:
    await connection.read_ask()
    head = STREAM if connection.streams else JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    await connection.send(head)
    await flood(connection)


@fault("garbage")
async def endless_interim_answers(connection: Connection) -> None:
    await connection.read_ask()
    with suppress(ConnectionError):
        while True:
            await connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)


@fault("garbage")
async def endless_trailers(connection: Connection) -> None:
    await connection.read_ask()
    head = STREAM if connection.streams else JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    await connection.send(head + b"0\r\n")
    with suppress(ConnectionError):
        while True:
            await connection.send(b"X: " + b"x" * 4000 + b"\r\n")


@fault("garbage")
async def endless_chunk_size(connection: Connection) -> None:
    await connection.read_ask()
    head = STREAM if connection.streams else JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    await connection.send(head + b"2;")
    with suppress(ConnectionError):
        while True:
            await connection.send(b"x" * 4000)
