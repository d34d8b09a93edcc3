"""An upstream whose answers come when the measurement says so, counting what it is asked."""

import asyncio
from collections import Counter
from threading import Thread
from types import TracebackType
from typing import Self

from servers import ANSWER, EVENTS

GAP_SECONDS = 0.1
SLOW_SECONDS = 1.0
HEAD = b"HTTP/1.1 %d OK\r\ncontent-type: %s\r\n"


class Upstream:
    """Serves in a thread of its own; the first word of a path says how.

    `slow` answers after a second, `failing` likewise but fails the first call, `gap` sends one event, and the rest
    a while later.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def url(self, way: str) -> str:
        """Where it answers in this way."""
        return f"http://127.0.0.1:{self.port}/{way}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                way = head.split(b"/")[1].decode()
                self.calls[way] += 1
                await self._answer(way, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, way: str, writer: asyncio.StreamWriter) -> None:
        if way == "gap":
            first, rest = EVENTS.split(b"\n\n", 1)
            size = b"content-length: %d\r\n\r\n" % len(EVENTS)
            writer.write(HEAD % (200, b"text/event-stream") + size + first + b"\n\n")
            await writer.drain()
            await asyncio.sleep(GAP_SECONDS)
            writer.write(rest)
        else:
            await asyncio.sleep(SLOW_SECONDS)
            status = 500 if way == "failing" and self.calls[way] == 1 else 200
            body = ANSWER if status == 200 else b"{}"
            writer.write(HEAD % (status, b"application/json") + b"content-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
