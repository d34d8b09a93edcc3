"""A connection to the gateway's protocol without a socket: the app tells what it was sent, the clock moves by hand."""

import asyncio
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from pantler.gateway.heads import Bounds
from pantler.gateway.offers import EXTENSION, READING, Answer, AtOnce, Remember
from pantler.gateway.protocol import bounded
from pantler.gateway.repeats import Repeats
from pantler.gateway.whole import response

BODY = b'{"model":"m","messages":[]}'


def request(body: bytes = BODY, *lines: bytes, path: bytes = b"/v1/chat/completions") -> bytes:
    head = [b"POST " + path + b" HTTP/1.1", b"Host: pantler", b"Authorization: Bearer k", *lines]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", b""]) + body


class Transport(asyncio.Transport):
    """Keeps what is written, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.writes = 0
        self.closed = False
        self.aborted = False
        self.unread = 0  # bytes that the client has not taken

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name, default)

    def write(self, data: Any) -> None:
        if not self.closed:
            self.written += bytes(data)
            self.writes += 1

    def get_write_buffer_size(self) -> int:
        return self.unread

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True
        self.unread = 0

    def write_eof(self) -> None:
        self.closed = True  # as the client sees it

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Timers:
    """The loop's clock, moved by hand; everything else is the real loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.now = 0.0
        self._due: list[tuple[float, Callable[[], None], SimpleNamespace]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Any:
        handle = SimpleNamespace(cancelled=False)
        handle.cancel = lambda: setattr(handle, "cancelled", True)
        self._due.append((self.now + seconds, call, handle))
        return handle

    @property
    def waiting(self) -> int:
        return sum(not handle.cancelled for _, _, handle in self._due)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        while due := [entry for entry in self._due if entry[0] <= self.now]:
            self._due = [entry for entry in self._due if entry[0] > self.now]
            for _, call, handle in due:
                if not handle.cancelled:
                    call()


class Read(str):
    """What was read of a request, as the app is told of it."""

    __slots__ = ("body", "path")

    path: bytes
    body: bytes


class Straight:
    """A request that goes straight, answered in the loop's next turn or when the test says."""

    def __init__(self, server: "Server", read: Read) -> None:
        self._server = server
        self._shown = b"POST %s %s" % (read.path, read.body)
        self.stopped = 0
        self.answer: Answer

    def go(self, answer: Answer) -> None:
        self.answer = answer
        if not self._server.waits:
            self._server.loop.call_soon(self.end)

    def end(self, status: int = 200) -> None:
        self.answer(response(status, [], self._shown))

    def stop(self) -> None:
        self.stopped += 1


class Server:
    """One connection to an app that answers with the method, the path and the body, and remembers every POST.

    What is `stored` is answered at once, the whole answer to the bodies that are in it; the bodies in `straight` go
    straight.
    """

    def __init__(
        self,
        repeats: Repeats | None = None,
        bounds: Bounds | None = None,
        stored: Iterable[bytes] = (),
        straight: Iterable[bytes] = (),
    ) -> None:
        self.repeats = Repeats() if repeats is None else repeats
        self.stored = set(stored)
        self.straight = set(straight)
        self.went: list[Straight] = []
        self.receives_any = True
        self.received = 0  # heads that were read for whether their bodies can be answered at once
        self.at_once = 0  # bodies that were
        self.readings: list[object] = []  # what the app was told of each request that it got
        self.loop = asyncio.new_event_loop()
        self.timers = Timers(self.loop)
        self.parsed = 0  # requests that went the long way
        self.repeated = 0
        self.open = True  # whether a remembered answer may still be given
        self.remembers = True
        self.waits = False  # whether the app waits for the client to leave before it answers
        self.told_gone = 0
        self.transport = Transport()
        config = Config(
            self.app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=5,
        )
        protocol = bounded(bounds or Bounds(), self.repeats, self.receives, self.goes_straight)
        self.protocol = protocol(config, ServerState(), {}, self.timers)
        self.protocol.connection_made(self.transport)

    def receives(self, path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> AtOnce | None:
        self.received += 1
        if not self.receives_any or (b"authorization", b"Bearer k") not in headers:
            return None

        def at_once(body: bytes, remember: Remember) -> bytes | str:
            if body not in self.stored:
                read = Read(f"read {body.decode('latin-1')}")
                read.path, read.body = path, body
                return read
            self.at_once += 1
            return response(200, [], b"POST %s %s" % (path, body))

        return at_once

    def goes_straight(self, read: object) -> Straight | None:
        if not isinstance(read, Read) or read.body not in self.straight:
            return None
        self.went.append(Straight(self, read))
        return self.went[-1]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.parsed += 1
        self.readings.append(scope["extensions"][READING])
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        else:
            return
        if self.waits:
            assert (await receive())["type"] == "http.disconnect"
            self.told_gone += 1
            return
        shown = b"%s %s %s" % (scope["method"].encode(), scope["raw_path"], body)
        extension = scope.get("extensions", {}).get(EXTENSION)
        if extension is not None and self.remembers:
            extension["remember"](lambda: self.again(shown), len(shown))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(shown))]})
        await send({"type": "http.response.body", "body": shown})

    def again(self, shown: bytes) -> bytes | None:
        if not self.open:
            return None
        self.repeated += 1
        return response(200, [], shown)

    def send(self, *parts: bytes, at_once: bool = False) -> bytes:
        """What comes back once all parts have been read: each after the app had its turn, or all before."""
        before = len(self.transport.written)
        for part in parts:
            if not self.transport.closed:
                self.protocol.data_received(part)
            if not at_once:
                self.settle()
        self.settle()
        return self.transport.written[before:]

    def settle(self) -> None:
        for _ in range(6):
            self.loop.run_until_complete(asyncio.sleep(0))
        if self.transport.closed and not self.transport.unread and self.protocol.parser is not None:
            self.protocol.connection_lost(None)

    def leave(self) -> None:
        """The client is gone, and the loop with it."""
        if self.protocol.parser is not None:
            self.protocol.connection_lost(None)
        self.settle()
        self.loop.close()
