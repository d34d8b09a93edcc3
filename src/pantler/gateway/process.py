"""From a configuration to a process that answers until it is told to end."""

import asyncio
import logging
from collections.abc import Callable, Mapping

import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pantler.config.keys import pepper, state_folder
from pantler.config.values import Config
from pantler.gateway.clocks import Clocks
from pantler.gateway.keeping import Keeping
from pantler.gateway.means import upstreams_of
from pantler.gateway.server import Listener, opened, serve_until_told
from pantler.gateway.serving import Serving, multiplexer_of

log = logging.getLogger("pantler.gateway")


def run(source: Callable[[], Config], environment: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Serve what `source` says until a signal ends it; `told` gets what there is to say to whoever started it."""
    config = source()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, environment, told))


async def _serve(config: Config, environment: Mapping[str, str], told: Callable[[str], None]) -> None:
    folder = state_folder(config)
    secret = pepper(config.gateway, folder, environment).secret
    data = opened(config.gateway.listen, "gateway.listen")
    keeping = Keeping(config.cache, multiplexer_of(config), folder, secret)
    keeping.open()
    clocks = Clocks()
    serving = Serving(config, upstreams_of(config, environment, clocks), keeping, clocks)
    grace = config.gateway.grace_seconds
    host, port = data.getsockname()[:2]
    told(f"pantler listens on http://{host}:{port}")

    def draining() -> None:
        serving.health.is_draining = True

    try:
        listeners = [Listener(serving.app, HttpToolsProtocol, data, grace)]
        await serve_until_told(listeners, draining=draining, reload=lambda: None)
        await serving.loop.streams.drain(grace)
    finally:
        await serving.close()
        await keeping.close()
