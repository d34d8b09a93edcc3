"""Whether the gateway lives, and whether it may be sent requests."""

from collections.abc import Callable, Mapping

import msgspec

from pantler.gateway.exchange import Exchange
from pantler.gateway.replies import JSON, NOT_STORED, reply

_encode = msgspec.json.Encoder().encode


class Health:
    """Answers probes; `told` is said to whoever may know names, and so is what is `ailing`, each by its name."""

    def __init__(
        self, told: Callable[[], Mapping[str, object]] = dict, ailing: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        self._told = told
        self._ailing = ailing
        self.is_draining = False

    async def alive(self, exchange: Exchange) -> None:
        """GET /healthz: the loop turns."""
        await reply(exchange.send, 200, [JSON, NOT_STORED], b'{"status":"alive"}')

    async def ready(self, exchange: Exchange) -> None:
        """GET /readyz: refuses only while draining, and says no more."""
        await self._say(exchange, {"status": "draining" if self.is_draining else "ready"})

    async def known(self, exchange: Exchange) -> None:
        """GET /readyz, to whoever may know names: what is not well is told, and refuses only while draining."""
        ailing = self._ailing()
        status = "draining" if self.is_draining else "degraded" if ailing else "ready"
        await self._say(exchange, {"status": status, **self._told(), **({"ailing": ailing} if ailing else {})})

    async def _say(self, exchange: Exchange, said: Mapping[str, object]) -> None:
        await reply(exchange.send, 503 if self.is_draining else 200, [JSON, NOT_STORED], _encode(said))
