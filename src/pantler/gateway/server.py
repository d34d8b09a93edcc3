"""The gateway as a process: its listeners, what it does on signals, how it ends."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence

import uvicorn

from pantler.config.addresses import address
from pantler.core.errors import ConfigError
from pantler.gateway.replies import Receive, Scope, Send

LEAD_SECONDS = 0.5  # of a drain, in which readiness fails while new requests are still served
KEEP_ALIVE_SECONDS = 75
BACKLOG = 4096

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Listener(uvicorn.Server):
    """Serves one application on one socket; signals are left to the process."""

    def __init__(
        self, app: Application, protocol: type[asyncio.Protocol], opened: socket.socket, grace_seconds: float
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                loop="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=grace_seconds,  # type: ignore[arg-type]  # a float will do
            )
        )
        self._opened = opened

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def listen(self) -> None:
        """Serve until `should_exit`, then let what is in flight end."""
        await self.serve(sockets=[self._opened])


def opened(text: str, setting: str) -> socket.socket:
    """A socket that listens on HOST:PORT; ConfigError where that cannot be."""
    place = address(text)
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(f"{setting}: cannot listen on {text} ({error.strerror}); name another address") from error


async def serve_until_told(
    listeners: Sequence[Listener], *, draining: Callable[[], None], reload: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then drain; SIGHUP reloads. A second signal to end cuts what is in flight."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def end() -> None:
        if told.is_set():
            for listener in listeners:
                listener.force_exit = True
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, reload)
    serving = [asyncio.ensure_future(listener.listen()) for listener in listeners]
    await told.wait()
    draining()
    await asyncio.sleep(LEAD_SECONDS)
    for listener in listeners:
        listener.should_exit = True
    await asyncio.gather(*serving)
