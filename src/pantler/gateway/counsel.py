"""A model asked on the gateway's own account, as a judge does; its calls are rows of nobody's in the ledger."""

import asyncio
from typing import Any

from pantler.config.values import Tenant
from pantler.core.asks import Ask
from pantler.core.errors import ConfigError
from pantler.core.types import Miss, Query
from pantler.gateway.cache_control import CacheControl
from pantler.gateway.clocks import Clocks
from pantler.gateway.decisions import Decisions
from pantler.gateway.routes import Routes
from pantler.gateway.wires.chat import Chat
from pantler.live.errands import Errand
from pantler.live.loop import Loop

NOBODY = Tenant("")  # on whose account nobody asks
WHY = "two answers are compared"
SECONDS = 60.0
MOST_OUT = 64  # tokens

_nothing_kept = CacheControl(looks=False, keeps=False)


class Counsel:
    """Asks the models of `routes`, once it is told in which loop."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._decisions = Decisions()
        self._loop: Loop | None = None
        self._clocks: Clocks | None = None

    def sit(self, loop: Loop, clocks: Clocks) -> None:
        """From now on calls can be made."""
        self._loop, self._clocks = loop, clocks

    async def ask(self, model: str, body: dict[str, Any]) -> bytes:
        """The whole answer to the body of a chat; raises what the call fails with."""
        assert self._loop is not None, "asked before it sits"
        errand = self._errand(model, body)
        passage = self._loop.answer(errand, Miss(errand.query))
        try:
            return (await passage.answer()).entry.body
        finally:
            passage.leave()

    def _errand(self, model: str, body: dict[str, Any]) -> Errand:
        assert self._clocks is not None, "asked before it sits"
        route = self._routes.find(model)
        if route is None:
            raise ConfigError(f"there is no model {model!r} to ask; name one in judge_settings")
        now = self._clocks.wall()
        return Errand(
            decision=self._decisions.at(now),
            tenant=NOBODY.name,
            route=route,
            query=Query(0, route=route.name),
            ask=Ask("chat", model, {"model": model, **body}, asyncio.get_running_loop().time() + SECONDS),
            shape=Chat(),
            flaw=lambda _: None,
            streamed=False,
            with_usage=False,
            began=self._clocks.monotonic(),
            time=now,
            most_in=len(str(body)),
            most_out=MOST_OUT,
            choices=1,
            wishes=_nothing_kept,
            bypass=WHY,
            is_renewal=True,
        )
