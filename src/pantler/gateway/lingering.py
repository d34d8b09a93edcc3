"""The end of a connection on which more may be coming, which is discarded for a while so that the client sees why.

Closed with bytes unread, a connection is reset, and the client loses the response that told it what was wrong.
"""

import asyncio
from collections.abc import Callable

MOST_SECONDS = 5.0
MOST_BYTES = 64 << 20

Lost = Callable[[Exception | None], None]


def close_unread(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, lost: Lost) -> None:
    """End what is written, and close once the client has, or a bound is reached; `lost` is told when it is closed."""
    transport.write_eof()
    transport.set_protocol(Lingering(transport, loop, lost))
    transport.resume_reading()


class Lingering(asyncio.Protocol):
    """Discards what comes; where the client closes, so does the transport by itself."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, lost: Lost) -> None:
        self._transport = transport
        self._room = MOST_BYTES
        self._lost = lost
        self._end = loop.call_later(MOST_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        self._lost(exc)
