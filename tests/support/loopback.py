"""The gateway on real sockets of this machine, over an upstream that is on one too."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from house import SECRET
from pantler.config.values import Config, Limits, Model, Prices
from pantler.core.rows import Alike, Row
from pantler.gateway.clocks import Clocks
from pantler.gateway.heads import Bounds
from pantler.gateway.keeping import Keeping
from pantler.gateway.protocol import bounded
from pantler.gateway.reloading import first_upstreams
from pantler.gateway.repeats import Repeats
from pantler.gateway.server import Listener, opened
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up


class Running:
    """A gateway that listens at `address`."""

    def __init__(self, serving: Serving, listener: Listener, port: int, repeats: Repeats, rows: list[Row]) -> None:
        self.serving = serving
        self.listener = listener
        self.port = port
        self.repeats = repeats
        self.rows = rows

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def model(upstream: str, **limits: Any) -> Model:
    return Model("m", base_url=f"http://{upstream}/v1", price=Prices("1", "2"), limits=Limits(**limits))


REMARK = re.compile(rb"^(?:: [^\n]*\n)+\n", re.MULTILINE)


def unremarked(body: bytes) -> bytes:
    """A stream without what it says beside its pieces."""
    return REMARK.sub(b"", body)


@asynccontextmanager
async def running(folder: Path, *, bounds: Bounds | None = None, **tables: Any) -> AsyncGenerator[Running, None]:
    config, clocks = Config(**tables), Clocks()
    setup = set_up(config, first_upstreams(config, {}, clocks), SECRET)
    keeping = Keeping(config.cache, setup.multiplexer, folder, SECRET)
    keeping.open(clocks.wall())
    serving, repeats = Serving(setup, keeping, clocks), Repeats()
    rows: list[Row] = []

    def note(row: Row | Alike) -> bool:
        rows.append(row.row if isinstance(row, Alike) else row)
        return keeping.rows.append(row)

    serving.recording.append = note
    with opened("127.0.0.1:0", "listen") as place:
        protocol = bounded(bounds or Bounds(), repeats, serving.reception, serving.goes_straight)
        protocol.unread = staticmethod(serving.app.unread)
        listener = Listener(serving.app, protocol, place, 5.0)
        gateway = Running(serving, listener, place.getsockname()[1], repeats, rows)
        listening = asyncio.create_task(listener.listen())
        try:
            yield gateway
        finally:
            listener.should_exit = listener.force_exit = True
            await listening
            await serving.loop.streams.drain(0.0)
            await serving.let_go()
            await keeping.close()


def ask(question: str = "2+2?", **fields: Any) -> bytes:
    """A request as a client sends it."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}], **fields}).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Caller:
    """A connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = dict(line.split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), named

    async def whole(self) -> tuple[int, dict[str, str], bytes]:
        """The answer to one request, to its end."""
        status, headers = await self.head()
        if "content-length" in headers:
            return status, headers, await self.reader.readexactly(int(headers["content-length"]))
        parts = []
        while part := await self.chunk():
            parts.append(part)
        return status, headers, b"".join(parts)

    async def chunk(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    def reset(self) -> None:
        """Leave without a word."""
        self.writer.transport.abort()


@asynccontextmanager
async def calling(gateway: Running) -> AsyncGenerator[Caller, None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
