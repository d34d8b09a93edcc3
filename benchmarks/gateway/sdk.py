"""Repeats through the OpenAI SDK that take the short way, counted inside a gateway of this process."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import openai
import uvloop
from figures import Figure

from pantler.config.values import Config, Model
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

SECRET = b"a secret of the benchmark's own"
CONFIG = Config(models=(Model("m", provider="scripted", price="free"),))
REPEATS = 20


class _Counting:
    """A gateway that counts the requests that are read: the `parsed` reach its app, the `read` are answered at once."""

    def __init__(self, folder: Path) -> None:
        clocks = Clocks()
        setup = set_up(CONFIG, first_upstreams(CONFIG, {}, clocks), SECRET)
        self._keeping = Keeping(CONFIG.cache, setup.multiplexer, folder, SECRET)
        self._keeping.open(clocks.wall())
        self._serving = Serving(setup, self._keeping, clocks)
        self.opened = socket.create_server(("127.0.0.1", 0))
        self.listener = Listener(self._app, bounded(Bounds(), Repeats(), self._receives), self.opened, 1.0)
        self.parsed = 0
        self.read = 0

    def _receives(self, path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> AtOnce | None:
        way = self._serving.reception(path, headers)
        if way is None:
            return None

        def counted(body: bytes, remember: Remember) -> object:
            found = way(body, remember)
            self.read += isinstance(found, bytes)  # what is not answered here reaches the app
            return found

        return counted

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.parsed += 1
        await self._serving.app(scope, receive, send)

    async def _serve(self) -> None:
        await self.listener.listen()
        await self._serving.let_go()
        await self._keeping.close()

    def run(self) -> None:
        """Serve until the listener is told to end."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())


def repeats(folder: Path) -> Iterator[Figure]:
    """Of twenty repeats of one question, those whose bytes alone were enough."""
    folder.mkdir()
    gateway = _Counting(folder)
    thread = Thread(target=gateway.run)
    thread.start()
    try:
        url = f"http://127.0.0.1:{gateway.opened.getsockname()[1]}/v1"
        with openai.OpenAI(base_url=url, api_key="k") as client:
            for _ in range(1 + REPEATS):
                client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Which way?"}])
    finally:
        gateway.listener.should_exit = True
        thread.join()
    short = REPEATS + 1 - gateway.parsed - gateway.read
    yield Figure(f"of {REPEATS} repeats by the OpenAI SDK, not parsed", "requests", short, at_least=18)
