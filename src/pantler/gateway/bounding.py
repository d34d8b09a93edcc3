"""HTTP/1.1 as uvicorn speaks it, with deadlines and caps on what a client sends and reads, which uvicorn lacks."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pantler.gateway import heads, openai
from pantler.gateway.heads import Bounds
from pantler.gateway.lingering import close_unread
from pantler.gateway.whole import CLOSE, response
from pantler.gateway.wire import Fault

JSON = (b"content-type", b"application/json")
MALFORMED = Fault(400, "malformed_request", "the request is not valid HTTP/1.1; check the client or what is in between")
SOONER = "send the head in one go, or have gateway.header_seconds raised"
NO_UPGRADE = Fault(400, "upgrade_not_supported", "the connection cannot be upgraded; send plain HTTP/1.1")


Unread = Callable[[Fault], Iterable[tuple[bytes, bytes]]]  # told of what is refused here, says further headers


def _unmarked(fault: Fault) -> Iterable[tuple[bytes, bytes]]:
    """Nobody counts it."""
    return ()


class Bounded(HttpToolsProtocol):
    """One connection, held to `bounds`."""

    bounds = Bounds()
    unread: Unread = staticmethod(_unmarked)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = False  # between the first byte of a request and the end of its head
        self._in_body = False  # from there to its last byte
        self._begun = 0  # requests that began in the bytes since the connection was last idle
        self._came_bytes = 0  # since then
        self._sent_bytes = 0  # of the head or of the body that is being read, as they came
        self._body_bytes = 0  # of the body, as it is meant
        self._pending: deque[RequestResponseCycle] = deque()  # those whose responses are not complete, in their order
        self._fault: Fault | None = None
        self._parting: bytes | None = None  # what is said before the connection closes, once no response is pending
        self._deadline: asyncio.TimerHandle | None = None
        self._unread_bytes = 0  # written to a client that does not take it, when that was looked at last
        self._unread: asyncio.TimerHandle | None = None  # looks again

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._arm(self.bounds.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._stop_looking()
        for cycle in self._pending:  # uvicorn tells only the newest of several
            cycle.disconnected = True
            cycle.message_event.set()
        self._pending.clear()
        super().connection_lost(exc)
        self.cycle = self.scope = None  # type: ignore[assignment] # they lead back here: only the collector would free all

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_looking()
        self._look_again()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_looking()
        self._see_off()

    def eof_received(self) -> None:
        self._look_unread()  # the transport is closed next

    def shutdown(self) -> None:
        super().shutdown()
        self._see_off()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._see_off()

    @property
    def _is_idle(self) -> bool:
        return not (self._in_head or self._in_body or self._pending)

    def data_received(self, data: bytes) -> None:
        if self._parting is not None:
            return
        if self._is_idle:
            self._begun = self._came_bytes = 0
        self._came_bytes += len(data)
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
        self._begun += 1

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        fault = NO_UPGRADE if self.parser.should_upgrade() else heads.wrong(self.headers, self.bounds, version)
        most_bytes = self.bounds.header_bytes
        size = len(self.url) + heads.size_bytes(self.headers) if self._came_bytes > most_bytes else 0
        if fault is None and size > most_bytes:
            fault = heads.head_too_large(self.bounds)
        if fault is not None:
            self._give_up(fault)
        self._begin()
        self.headers = []  # trailers do not reach the app
        self._in_head, self._in_body = False, True
        self._sent_bytes = self._body_bytes = 0
        self._disarm()

    def _begin(self) -> None:
        """The head is well: the app may answer."""
        super().on_headers_complete()
        self._pending.append(self.cycle)

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
        self._pending.popleft()
        super().on_response_complete()
        self._part()
        self._see_off()

    def _give_up(self, fault: Fault) -> NoReturn:
        self._fault = fault
        raise ValueError(fault.code)  # which the parser hands on as an error of its own

    def _refuse(self, fault: Fault) -> None:
        """Say what is wrong, after the answers to what was right, and close."""
        self._disarm()
        self._parting = response(fault.status, (JSON, CLOSE, *self.unread(fault)), openai.error(fault))
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
            close_unread(self.transport, self.loop, self.connection_lost)
            self._look_unread()

    def _late(self) -> None:
        self._deadline = None
        if self._in_head:
            self._refuse(
                Fault(408, "head_too_slow", f"no complete head within {self.bounds.header_seconds:g} seconds; {SOONER}")
            )
        elif self._in_body:
            self._refuse_slow_body()
        else:
            self.transport.close()  # nothing was ever asked

    def _refuse_slow_body(self) -> None:
        said = f"no complete body within {self.bounds.body_seconds:g} seconds; send less, or faster"
        self._refuse(Fault(408, "body_too_slow", said))

    def _see_off(self) -> None:
        """A close waits for what is written, also for what is too little to pause writing."""
        if self.transport.is_closing():
            self._look_unread()

    def _look_unread(self) -> None:
        if self._unread is None and self.transport.get_write_buffer_size():
            self._look_again()

    def _look_again(self) -> None:
        """See in a while whether the client has taken some of what is written, however slow it is."""
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self.bounds.unread_seconds, self._end_unread)

    def _end_unread(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread_bytes:
            self._look_again()
        else:
            self.transport.abort()  # what is written would wait for ever, and so would a close

    def _stop_looking(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
