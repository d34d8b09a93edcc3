"""One connection to an upstream, HTTP/1.1 as httptools parses it: one ask at a time, its answer as the bytes come.

Whatever an upstream sends is bounded: beside the body it may send heads, chunk sizes and trailers of so many bytes, and
what nobody has read yet pauses the reading.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import httptools

from pantler.core.outbox import Outbox

MOST_BESIDE_BYTES: Final = 64 << 10  # of heads and trailers; chunks may add
BESIDE_A_BYTE: Final = 8  # so many bytes for each of the body's: one byte in a chunk of its own takes 6
UNREAD_BYTES: Final = 256 << 10  # at which reading pauses
PART_BYTES: Final = 256 << 10  # of a large ask that are sent before other calls have their turn
STALE_SECONDS: Final = 1.0  # in which a kept connection shows that the upstream had closed it before it was asked
TICK_SECONDS: Final = 0.001  # of a loop's clock, which may ring so much early


SILENT: Final = httptools.HttpResponseParser(object())  # tells nobody anything


class NotHTTP(Exception):
    """What came cannot be read as HTTP/1.1."""


class Connection:
    """Asked by `ask`, read by `chunk`; whoever is done with it before `is_spent` says so aborts it.

    It is an asyncio.Protocol by its methods, not by descent: the compiler can make little of a class with such a base.

    Asks go out by the `outbox`. `status` and `headers` are those of the answer, names in lower case. `gone` is told
    when the connection is.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, outbox: Outbox, gone: "Callable[[Connection], object]") -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.is_begun = False
        self.is_complete = False
        self.is_framed = False
        self.idle_since = 0.0
        self._loop = loop
        self._outbox = outbox
        self._unsent = b""  # an ask that waits for others to go out with
        self._gone = gone
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._error: Exception | None = None
        self._may_keep = True  # for another ask
        self._is_interim = False  # a head of status 1xx, which another follows
        self._is_full = False  # what was written waits to be sent
        self._is_paused = False
        self._asked_at: float | None = None
        self._came = 0  # bytes since then
        self._body_bytes = 0
        self._unread: list[bytes] = []
        self._unread_bytes = 0
        self._waiter: asyncio.Future[None] | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._rings = 0.0

    async def ask(self, head: bytes, body: bytes, due: float) -> None:
        """Send an ask; returns once the head of its answer has come, TimeoutError where it has not at `due`.

        Whatever else it ends with, the connection is closed.
        """
        self._begin()
        try:
            if len(body) <= PART_BYTES:
                self._unsent = head + body
                self._outbox.put(self, self._loop)
            else:
                await self._send_in_parts(head, body, due)
            while not self.is_begun:
                await self._next(due)
        except BaseException:
            self.abort()
            raise

    def post(self) -> None:
        """Send the ask that waits."""
        unsent, self._unsent = self._unsent, b""
        if unsent and not self._transport.is_closing():
            self._transport.write(unsent)

    async def chunk(self, due: float) -> bytes:
        """The next bytes of the body, empty at its end."""
        while not (self._unread or self.is_complete):
            await self._next(due)
        return self.taken()

    def taken(self) -> bytes:
        """What has come and was not read yet."""
        chunk = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
        self._unread.clear()
        self._unread_bytes = 0
        if self._is_paused:
            self._is_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return chunk

    def now(self) -> float:
        """The loop's time, by which whatever is due here is."""
        return self._loop.time()

    @property
    def has_ended(self) -> bool:
        """Whether the answer is complete and all of it was read."""
        return self.is_complete and not self._unread

    @property
    def is_spent(self) -> bool:
        """Whether the answer has ended so that another ask may follow."""
        return self.is_complete and self._may_keep and not self._transport.get_write_buffer_size()

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be asked here any longer."""
        return self._error is not None or not self._may_keep

    @property
    def was_stale(self) -> bool:
        """Whether a kept connection broke as one does that the upstream had given up: at once, with no byte come."""
        asked_at = self._asked_at
        return asked_at is not None and not self._came and self._loop.time() - asked_at < STALE_SECONDS

    def abort(self) -> None:
        """Close it, whatever is under way."""
        self._may_keep = False
        if self._timer is not None:
            self._timer.cancel()
        self._transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("closed by the upstream"))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._parser = SILENT  # the other one leads back here, so that only the collector would free both
        self._gone(self)

    def eof_received(self) -> None:
        if self.is_begun and not self.is_framed:
            self.on_message_complete()
        self._fail(ConnectionResetError("closed by the upstream"))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    def data_received(self, data: bytes) -> None:
        before = self._body_bytes
        self._came += len(data)
        try:
            if self._asked_at is None or self.is_complete or self._unsent:
                raise NotHTTP("something came that was not asked")
            self._parser.feed_data(data)
            if self._came - self._body_bytes > MOST_BESIDE_BYTES + BESIDE_A_BYTE * self._body_bytes:
                raise NotHTTP(f"more than {MOST_BESIDE_BYTES} bytes beside the body")
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, NotHTTP) as error:
            self._fail(error if isinstance(error, NotHTTP) else NotHTTP(str(error)))
            self._transport.abort()
        if self._body_bytes > before:
            self._wake()

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise NotHTTP("a second answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_begun:  # trailers are nobody's
            name = name.lower()
            self.headers[name] = self.headers[name] + b", " + value if name in self.headers else value

    def on_headers_complete(self) -> None:
        parser = self._parser
        status = parser.get_status_code()
        if parser.get_http_version() not in {"1.1", "1.0"} or status == 101:
            raise NotHTTP("another protocol")
        self._is_interim = status < 200
        if self._is_interim:
            self.headers = {}
            return
        self.status = status
        self.is_begun = True
        self.is_framed = b"content-length" in self.headers or self._is_chunked()
        self._wake()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._unread.append(body)
        self._unread_bytes += len(body)
        if self._unread_bytes > UNREAD_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if not self._is_interim:
            self.is_complete = True
            self._may_keep = self._may_keep and self._parser.should_keep_alive()
            self._wake()

    def _begin(self) -> None:
        self.taken()  # what nobody read of the answer before is no part of the next
        self.status, self.headers = 0, {}
        self.is_begun = self.is_complete = self.is_framed = False
        self._asked_at = self._loop.time()
        self._came = self._body_bytes = 0

    async def _send_in_parts(self, head: bytes, body: bytes, due: float) -> None:
        """Send a large ask as fast as it is taken; an answer that comes before its end is the last one here."""
        self._transport.write(head)
        for start in range(0, len(body), PART_BYTES):
            while self._is_full and not self.is_begun:
                await self._next(due)
            if self.is_begun:
                self._may_keep = False
                return
            self._transport.write(body[start : start + PART_BYTES])

    def _is_chunked(self) -> bool:
        return self.headers.get(b"transfer-encoding", b"").lower().endswith(b"chunked")

    def _next(self, due: float) -> "asyncio.Future[None]":
        """Whatever comes next; TimeoutError where nothing has at `due`."""
        if self._error is not None:
            raise self._error
        waiter = self._waiter = self._loop.create_future()
        self._due = due
        if self._timer is None or due < self._rings:
            self._ring(due)
        return waiter

    def _ring(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = at
        self._timer = self._loop.call_at(at, self._late)

    def _late(self) -> None:
        """One timer serves many waits, for most of them end long before: it rings again for whoever waits by now."""
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._due - TICK_SECONDS:
            self._ring(self._due)
        else:
            self._waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        """No more will come; an answer that is complete is none the worse for it."""
        self._may_keep = False
        if self._error is None and not self.is_complete:
            self._error = error
        self._wake()
