"""The gateway as a process: its listeners, what it does on signals, how it ends."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

import uvicorn

from pantler.config.addresses import address
from pantler.core.errors import ConfigError
from pantler.gateway.replies import Receive, Scope, Send
from pantler.gateway.supervision import HangUp

LEAD_SECONDS = 0.5  # of a drain, in which readiness fails while new requests are still served
TICK_SECONDS = 0.02
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
                proxy_headers=False,  # who asks is told by the key
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
        reason = str(error.strerror).partition(" (while")[0]  # behind which Python says the address again
        wrong = f"{setting}: cannot listen on {text} ({reason})"
        raise ConfigError(f"{wrong}; end what listens there, or name another address") from error


class Served(Protocol):
    """What has to be told how the process goes."""

    def ready(self) -> object:
        """It listens, to clients and to signals."""
        ...

    def reload(self) -> None:
        """The configuration is to be read again."""
        ...

    def drain(self) -> None:
        """Readiness fails from now on; requests are still answered."""
        ...

    def close(self) -> None:
        """Requests that come from now on are refused."""
        ...

    def cut(self) -> None:
        """What is still being answered has to end now."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether anything is still being answered."""
        ...

    @property
    def grace_seconds(self) -> float:
        """How long it may be, once it is told to end."""
        ...


async def serve_until_told(listeners: Sequence[Listener], served: Served, hang_up: HangUp) -> None:
    """Serve until SIGTERM or SIGINT, then drain; SIGHUP reloads, `hang_up` being one that may have come already.

    A second signal to end cuts what is in flight.
    """
    loop = asyncio.get_running_loop()
    told, cut = asyncio.Event(), asyncio.Event()

    def end() -> None:
        if told.is_set():
            cut.set()
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    loop.add_signal_handler(signal.SIGHUP, served.reload)
    serving = [asyncio.ensure_future(listener.listen()) for listener in listeners]
    while not all(listener.started for listener in listeners):
        await _passed(cut, TICK_SECONDS)
    served.ready()
    if hang_up.came:
        served.reload()
    await told.wait()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(served.grace_seconds):
            await _drained(served, cut)
    served.cut()
    for listener in listeners:
        listener.should_exit = True
        listener.force_exit = cut.is_set()
    await asyncio.gather(*serving)


async def _drained(served: Served, cut: asyncio.Event) -> None:
    """Probes go on being answered all the while, so that whoever balances load sees that this one goes."""
    served.drain()
    await _passed(cut, LEAD_SECONDS)
    served.close()
    while served.is_busy and not cut.is_set():
        await _passed(cut, TICK_SECONDS)


async def _passed(cut: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(cut.wait(), seconds)
