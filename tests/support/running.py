"""A real gateway on a socket of loopback, in a thread of its own."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import uvloop

from pantler.config.values import Config
from pantler.gateway.clocks import Clocks
from pantler.gateway.heads import Bounds
from pantler.gateway.keeping import Keeping
from pantler.gateway.offers import AtOnce, Remember
from pantler.gateway.protocol import bounded
from pantler.gateway.reloading import first_upstreams
from pantler.gateway.repeats import Repeats
from pantler.gateway.server import Listener
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up

SECRET = b"s" * 32


class Running:
    """Where it listens; `parsed` requests have reached its app, `read` bodies were read for an answer at once."""

    def __init__(self, config: Config, folder: Path) -> None:
        clocks = Clocks()
        setup = set_up(config, first_upstreams(config, {}, clocks), SECRET)
        self._opened = socket.create_server(("127.0.0.1", 0))
        self._keeping = Keeping(config.cache, setup.multiplexer, folder, SECRET)
        self._keeping.open(clocks.wall())
        self._serving = Serving(setup, self._keeping, clocks)
        self.listener = Listener(self._app, bounded(Bounds(), Repeats(), self._receives), self._opened, 1.0)
        self.address = f"http://127.0.0.1:{self._opened.getsockname()[1]}"
        self.parsed = 0
        self.read = 0

    def _receives(self, path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> AtOnce | None:
        way = self._serving.reception(path, headers)

        if way is None:
            return None

        def counted(body: bytes, remember: Remember) -> object:
            self.read += 1
            return way(body, remember)

        return counted

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.parsed += 1
        await self._serving.app(scope, receive, send)

    def run(self) -> None:
        """Serve until the listener is told to end."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        await self.listener.listen()
        await self._keeping.close()
        await self._serving.let_go()


@contextmanager
def running(config: Config, folder: Path) -> Iterator[Running]:
    """A gateway that answers as long as the block lasts."""
    gateway = Running(config, folder)
    thread = Thread(target=gateway.run)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.listener.should_exit = True
        thread.join()
