"""From a configuration to a process that answers until it is told to end."""

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Container, Mapping
from socket import socket
from typing import TYPE_CHECKING

import uvloop

from pantler.config.keys import mark, pepper, state_folder
from pantler.config.values import Config, Gateway
from pantler.core.capacity import parse_bytes
from pantler.core.errors import ConfigError, MissingExtra
from pantler.disk.claim import claimed
from pantler.gateway import logs
from pantler.gateway.admin import Admin
from pantler.gateway.allocating import steady_allocation
from pantler.gateway.app import App
from pantler.gateway.banner import Say
from pantler.gateway.banner import tell as tell_banner
from pantler.gateway.clocks import Clocks
from pantler.gateway.heads import Bounds
from pantler.gateway.keeping import Keeping
from pantler.gateway.protocol import Protocol, bounded
from pantler.gateway.reloading import Reloading, first_upstreams
from pantler.gateway.repeats import Repeats
from pantler.gateway.server import Listener, opened, serve_until_told
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up
from pantler.gateway.spending import demand_whole
from pantler.gateway.supervision import READY, STOPPING, HangUp, tell

if TYPE_CHECKING:
    from pantler.gateway.spans import Spans

LAST_SECONDS = 1.0  # for connections and calls that have outlasted the grace
SAVE_SECONDS = 60.0  # between two snapshots of what was learned
HAND_OVER_SECONDS = 0.0005  # for which a thread may wait for the interpreter; until then each turn wakes it in vain
UNCOLLECTED = 20_000  # objects that may come before the collector looks for cycles among them, which are few here

Source = Callable[[], Config]

log = logging.getLogger("pantler.gateway")


def run(source: Source, environment: Mapping[str, str], say: Say | None, options: Container[str] = ()) -> None:
    """Serve what `source` says until a signal ends it; `say` is told what whoever started it should know, else the log.

    `options` are the settings of the gateway that were given on the command line.
    """
    logs.configure()
    steady_allocation()
    sys.setswitchinterval(HAND_OVER_SECONDS)
    hang_up = HangUp()  # from before the file is read, or what changes meanwhile would be missed
    config = source()
    with contextlib.ExitStack() as held, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if config.cache.path or any(tenant.has_budget for tenant in config.tenants):
            held.enter_context(claimed(state_folder(config)))
        data = held.enter_context(opened(config.gateway.listen, _setting("listen", options)))
        admin_key = environment.get(config.gateway.admin_key_env, "")
        address = config.gateway.admin_listen
        admin = held.enter_context(opened(address, _setting("admin_listen", options))) if admin_key else None
        process = Process(source, config, environment, lambda: tell_banner(say, config, data, admin))
        runner.run(process.serve(data, admin, admin_key, hang_up))


def _setting(name: str, options: Container[str]) -> str:
    """What a setting is called by whoever gave it."""
    return f"--{name.replace('_', '-')}" if name in options else f"gateway.{name}"


class Process:
    """The gateway of one process, made of `config`, which `source` may say anew; `ready` is called once it listens."""

    def __init__(
        self, source: Source, config: Config, environment: Mapping[str, str], ready: Callable[[], object]
    ) -> None:
        clocks = Clocks()
        folder = state_folder(config)
        found = pepper(config.gateway, folder, environment)
        if config.cache.path:
            mark(folder, found)
        secret = found.secret
        setup = set_up(config, first_upstreams(config, environment, clocks), secret)
        self._ready = ready
        self._environment = environment
        self._protocols: list[type[Protocol]] = []
        self._keeping = Keeping(config.cache, setup.multiplexer, folder, secret)
        if setup.terms.budgeted and self._keeping.is_strict:
            demand_whole(folder, clocks.wall())
        self._keeping.open(clocks.wall(), {route.name: route.stale_seconds for route in setup.routes.all()})
        self._repeats = Repeats()
        self._serving = Serving(setup, self._keeping, clocks)
        self._spans = self._serving.recording.spans = spans_of(config)
        self._reloading = Reloading(source, environment, self._serving, clocks)
        self._reloads: set[asyncio.Task[None]] = set()

    async def serve(self, data: socket, admin: socket | None, admin_key: str, hang_up: HangUp) -> None:
        """Serve until a signal ends it, and keep what there is to keep."""
        serving = self._serving
        protocol = bounded(bounds(self._gateway), self._repeats, serving.reception, serving.goes_straight)
        protocol.unread = staticmethod(serving.app.unread)
        listeners = [self._listener(self._serving.app, data, protocol)]
        if admin is not None:
            app = App(
                Admin(self._serving, self._take_up, admin_key).paths(), _unseen, self._serving.clocks, is_marked=False
            )
            listeners.append(self._listener(app, admin, bounded(bounds(self._gateway), Repeats())))
        gc.freeze()  # what is there from the start stays
        gc.set_threshold(UNCOLLECTED, *gc.get_threshold()[1:])
        saving = asyncio.create_task(self._save_often())
        try:
            await serve_until_told(listeners, self, hang_up)
            await self._serving.loop.streams.drain(LAST_SECONDS)
        finally:
            for task in (saving, *self._reloads):
                task.cancel()
            self._serving.strangers.tell()
            await self._serving.ratings.settled()  # words that are still to be written
            await self._keeping.close()
            await self._reloading.closed()
            await self._serving.let_go()
            if self._spans is not None:
                await asyncio.to_thread(self._spans.close)
            gc.freeze()  # or the end of the interpreter would look through all that was kept

    def ready(self) -> None:
        self._ready()
        tell(READY, self._environment)

    def drain(self) -> None:
        tell(STOPPING, self._environment)
        self._serving.drain()

    def close(self) -> None:
        self._serving.close()

    def cut(self) -> None:
        self._serving.cut()

    @property
    def is_busy(self) -> bool:
        return self._serving.is_busy

    @property
    def grace_seconds(self) -> float:
        return self._gateway.grace_seconds

    def reload(self) -> None:
        reloading = asyncio.get_running_loop().create_task(self._reload())
        self._reloads.add(reloading)
        reloading.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        try:
            await self._take_up()
        except ConfigError as error:
            log.error("the configuration was refused, the old one goes on: %s", error)

    async def _take_up(self) -> list[str]:
        before = self._serving.setup.config
        warnings = await self._reloading.renew()
        self._repeats.clear()
        for protocol in self._protocols:
            protocol.bounds = bounds(self._gateway)
        is_new = self._serving.setup.config != before
        log.info("the configuration was read again and %s", "holds" if is_new else "says what it said before")
        return warnings

    def _listener(self, app: App, place: socket, protocol: type[Protocol]) -> Listener:
        self._protocols.append(protocol)
        return Listener(app, protocol, place, LAST_SECONDS)

    @property
    def _gateway(self) -> Gateway:
        """What holds now."""
        return self._serving.setup.config.gateway

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            try:
                await asyncio.to_thread(self._keeping.save)
            except Exception as failure:  # noqa: BLE001 whatever it is, the next snapshot may succeed
                log.error("what was learned could not be saved (%s); tried again in a minute", type(failure).__name__)


def spans_of(config: Config) -> "Spans | None":
    """OpenTelemetry's spans, where they are switched on; MissingExtra where its packages are not there."""
    if not config.gateway.spans:
        return None
    try:
        from pantler.gateway import spans
    except ImportError as error:
        raise MissingExtra("gateway.spans", "otel") from error
    return spans.opened()


def bounds(gateway: Gateway) -> Bounds:
    """What a client may send, and how long it may take."""
    return Bounds(
        header_bytes=parse_bytes(gateway.header_bytes),
        body_bytes=parse_bytes(gateway.body_bytes),
        header_seconds=gateway.header_seconds,
        body_seconds=gateway.body_seconds,
    )


def _unseen(*_: object) -> None:
    """Errors of the admin routes are told to whoever asked, and to nobody else."""
