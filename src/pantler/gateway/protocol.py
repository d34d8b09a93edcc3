"""HTTP/1.1 as uvicorn speaks it, with deadlines and caps on what a client sends, which uvicorn lacks.

What the server gives: `bounded(Bounds(...), Repeats())` is a class for `uvicorn.Config(http=...)`.
What the app gives: on an exact hit it may call `scope["extensions"]["pantler.repeat"]["remember"](again, kept_bytes)`,
where that is there. When the same bytes come again, `again()` does all that a full hit does (key valid now, limits,
`engine.look`, expiry, counters, ledger row) and returns the whole response as `response` makes it, or None, having
counted nothing, for the request to go the long way.
A whole answer of status 200 it may hand over by `scope["extensions"]["pantler.whole"](headers, body)`, which writes it
in one go where `send` writes twice, each time a system call that wakes the client; False where only `send` will do.
"""

import asyncio
import http
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pantler.gateway import heads, openai
from pantler.gateway.heads import Bounds
from pantler.gateway.repeats import EXTENSION, LARGEST, WHOLE, Again, Repeats
from pantler.gateway.wire import Fault

JSON = (b"content-type", b"application/json")
CLOSE = (b"connection", b"close")
OK = b"HTTP/1.1 200 OK"
MALFORMED = Fault(400, "malformed_request", "the request is not valid HTTP/1.1; check the client or what is in between")
NO_UPGRADE = Fault(400, "upgrade_not_supported", "the connection cannot be upgraded; send plain HTTP/1.1")


def bounded(bounds: Bounds, repeats: Repeats) -> type["Protocol"]:
    """The protocol of one listener."""
    return type("BoundedProtocol", (Protocol,), {"bounds": bounds, "repeats": repeats})


def response(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A whole response as it goes over the wire."""
    lines = [OK if status == 200 else b"HTTP/1.1 %d %s" % (status, http.HTTPStatus(status).phrase.encode())]
    lines += [b"%s: %s" % header for header in headers]
    lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    if head.count(b"\n") >= len(lines) or head.count(b"\r") >= len(lines):
        raise ValueError("a header holds a line break")
    return b"%s\r\n\r\n%s" % (head, body)


class Protocol(HttpToolsProtocol):
    """One connection."""

    bounds = Bounds()
    repeats = Repeats()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = False  # between the first byte of a request and the end of its head
        self._in_body = False  # from there to its last byte
        self._number = 0  # of the request that is being read or answered
        self._begun = 0  # requests that began in the bytes since the connection was last idle
        self._sent_bytes = 0  # of the head or of the body that is being read, as they came
        self._body_bytes = 0  # of the body, as it is meant
        self._pending: deque[RequestResponseCycle] = deque()  # those whose responses are not complete, in their order
        self._fault: Fault | None = None
        self._parting: bytes | None = None  # what is said before the connection closes, once no response is pending
        self._raw: bytes | None = None  # the request that is being read or answered, as it came, if it is wanted
        self._is_repeatable = False
        self._held = b""  # a known head that came alone, with what has come of its body, not parsed yet
        self._held_size = 0  # bytes of the whole request
        self._deadline: asyncio.TimerHandle | None = None
        self._sweeper: asyncio.TimerHandle | None = (
            None  # closes a connection on which only repeats came and no more do
        )
        self._is_used = False  # a repeat came since it last looked

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._arm(self.bounds.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._stop_sweeping()
        for cycle in self._pending:  # uvicorn tells only the newest of several
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self._held:
            self._parse(self._unheld(), is_idle=True)
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        is_idle = not (self._in_head or self._in_body) and not self._pending
        if is_idle and not self.flow.write_paused:
            if self._held:
                data = self._held + data
            if self._repeat(data):
                return
            self._held = b""
        elif self._held:
            data = self._unheld() + data
        self._parse(data, is_idle=is_idle)

    def _repeat(self, data: bytes) -> bool:
        """Whether the bytes are taken: answered, or held until the rest has come."""
        again = self.repeats.again.get(data)
        if again is not None:
            answer = again()
            if answer is None:
                self.repeats.forget(data)
                return False
            self._held = b""
            self.transport.write(answer)
            self._repeated()
            return True
        size = self._held_size if self._held else self.repeats.sizes.get(data, 0)
        if len(data) >= size:
            return False
        if not self._held:
            self._disarm()
            self._unset_keepalive_if_required()
            self._arm(self.bounds.body_seconds)
        self._held, self._held_size = data, size
        return True

    def _repeated(self) -> None:
        self.server_state.total_requests += 1
        self._is_used = True
        self._disarm()
        if self._sweeper is None:
            self._unset_keepalive_if_required()
            self._sweeper = self.loop.call_later(self.timeout_keep_alive, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        if self._is_used or self._held:
            self._is_used = False
            self._sweeper = self.loop.call_later(self.timeout_keep_alive, self._sweep)
        else:
            self.timeout_keep_alive_handler()

    def _stop_sweeping(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def _unheld(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _parse(self, data: bytes, *, is_idle: bool) -> None:
        if self._parting is not None:
            return
        self._stop_sweeping()
        self._unset_keepalive_if_required()
        if is_idle:
            self._raw, self._begun = data, 0
        elif self._raw is not None:
            self._raw = self._raw + data if self._in_head or self._in_body else None
        if self._raw is not None and len(self._raw) > LARGEST:
            self._raw = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(NO_UPGRADE)
        except httptools.HttpParserError:
            self._refuse(self._fault or MALFORMED)
        else:
            self._measure(data)

    def _measure(self, data: bytes) -> None:
        """Hold what has come of a request that is not complete against the bounds."""
        if not (self._in_head or self._in_body):
            return
        if self._begun <= 1:  # behind another request its share is not known
            self._sent_bytes += len(data)
        if self._in_head and self._sent_bytes > self.bounds.header_bytes:
            self._refuse(heads.head_too_large(self.bounds))
        elif self._in_body and self._sent_bytes > 2 * self.bounds.body_bytes + self.bounds.header_bytes:
            self._refuse(heads.body_too_large(self.bounds))  # by the way in which it is cut in chunks
        elif self._deadline is None:
            self._arm(self.bounds.header_seconds if self._in_head else self.bounds.body_seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._sent_bytes = 0
        self._number += 1
        self._begun += 1
        if self._begun > 1:
            self._raw = None

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        fault = NO_UPGRADE if self.parser.should_upgrade() else heads.wrong(self.headers, self.bounds, version)
        if fault is None and self._may_be_too_large() and heads.size_bytes(self.headers) > self.bounds.header_bytes:
            fault = heads.head_too_large(self.bounds)
        if fault is not None:
            self._give_up(fault)
        self._is_repeatable = self._is_plain(version)
        extensions: dict[str, Any] = {}
        if self._is_repeatable:
            extensions[EXTENSION] = {"remember": partial(self._remember, self._number)}
        self.scope["extensions"] = extensions
        super().on_headers_complete()
        extensions[WHOLE] = partial(self._whole, self.cycle)  # before the app begins, in a turn of its own
        self._pending.append(self.cycle)
        self.headers = []  # trailers do not reach the app
        self._in_head, self._in_body = False, True
        self._sent_bytes = self._body_bytes = 0
        self._disarm()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self.bounds.body_bytes:
            self._give_up(heads.body_too_large(self.bounds))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        del self._pending.popleft().scope["extensions"][WHOLE]  # it leads back to the cycle, which would stay
        super().on_response_complete()
        self._part()

    def _whole(self, cycle: RequestResponseCycle, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        """Answer in one write, and end the cycle as `send` would; False where that has to do it."""
        if cycle.response_started or cycle.disconnected or self.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        headers = [*headers, *self.server_state.default_headers]
        if not cycle.keep_alive:
            headers.append(CLOSE)
        answer = response(200, headers, body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(answer)
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def _may_be_too_large(self) -> bool:
        return self._raw is None or len(self._raw) > self.bounds.header_bytes

    def _is_plain(self, version: str) -> bool:
        """Whether a head leaves no doubt about what follows it, so that the same bytes will mean the same again."""
        if self.parser.get_method() != b"POST" or version != "1.1" or not self.parser.should_keep_alive():
            return False
        return not self.expect_100_continue and any(name == b"content-length" for name, _ in self.headers)

    def _remember(self, number: int, again: Again, kept_bytes: int) -> None:
        if self._raw is not None and number == self._number and not self._in_body:
            self.repeats.learn(self._raw, again, kept_bytes)

    def _give_up(self, fault: Fault) -> NoReturn:
        self._fault = fault
        raise ValueError(fault.code)  # which the parser hands on as an error of its own

    def _refuse(self, fault: Fault) -> None:
        """Say what is wrong, after the answers to what was right, and close."""
        self._disarm()
        self._held, self._raw = b"", None
        self._parting = response(fault.status, (JSON, CLOSE), openai.error(fault))
        if self._in_body:
            self._give_back_cycle()
        self.flow.pause_reading()
        self._part()

    def _give_back_cycle(self) -> None:
        """The request whose body is at fault gets no answer of the app's, or no more of it."""
        cycle = self.cycle
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        if cycle.response_started:
            self._parting = b""
        if not cycle.response_complete:
            self._pending.pop()
        cycle.disconnected = True
        cycle.message_event.set()

    def _part(self) -> None:
        if self._parting is not None and not self._pending and not self.transport.is_closing():
            self.transport.write(self._parting)
            self.transport.close()

    def _late(self) -> None:
        self._deadline = None
        if self._in_head:
            self._refuse(Fault(408, "head_too_slow", f"no complete head within {self.bounds.header_seconds} seconds"))
        elif self._in_body or self._held:
            self._refuse(Fault(408, "body_too_slow", f"no complete body within {self.bounds.body_seconds} seconds"))
        else:
            self.transport.close()  # nothing was ever asked

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
