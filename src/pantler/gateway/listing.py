"""The names that a client may ask for an answer, in the shape in which OpenAI's API lists its models."""

import asyncio
from collections.abc import Callable

import msgspec

from pantler.core.errors import ProviderError
from pantler.gateway.answers import Answers
from pantler.gateway.desk import LONGEST_NAME
from pantler.gateway.exchange import Exchange
from pantler.gateway.means import Upstreams
from pantler.gateway.replies import JSON, Refused, fault, reply
from pantler.live.upstream import Upstream

PATH = "/v1/models"
FRESH_SECONDS = 30.0
PATIENCE_SECONDS = 5.0
FAILED_SECONDS = 5.0  # for which a failure is told again, for else each who asks would wait behind all the others
MOST_NAMES = 10_000

_encode = msgspec.json.Encoder().encode


class Listing:
    """Lists routes and models alike: a client need not know which is which.

    Where every name is passed on, those that the upstream lists are told too, its failure where it does not.
    """

    def __init__(self, answers: Answers, upstreams: Callable[[], Upstreams]) -> None:
        self._answers = answers
        self._upstreams = upstreams
        self._told = Told()

    async def all(self, exchange: Exchange) -> None:
        """GET /v1/models."""
        with self._answers.entered(exchange):
            listed = [_model(name) for name in await self._names(exchange)]
        await reply(exchange.send, 200, [JSON, *exchange.all_marks()], _encode({"object": "list", "data": listed}))

    async def one(self, exchange: Exchange) -> None:
        """GET /v1/models/NAME."""
        with self._answers.entered(exchange):
            name = exchange.path.removeprefix(f"{PATH}/")
            if name not in await self._names(exchange):
                said = f"no model or route is named {name[:64]!r}; GET {PATH} lists the names that can be asked"
                raise Refused(fault(404, "model_not_found", said, "model"))
        await reply(exchange.send, 200, [JSON, *exchange.all_marks()], _encode(_model(name)))

    async def _names(self, exchange: Exchange) -> list[str]:
        assert exchange.holder is not None
        routes, allowed = self._answers.desk.routes, exchange.holder.tenant.routes
        names = routes.names(allowed)
        route = routes.any
        if route is None or (allowed and route.name not in allowed):
            return names
        told = await self._told.names(self._upstreams()[route.models[0]])
        return list(dict.fromkeys([*names, *told]))


class Told:
    """What an upstream says that may be asked of it, or why it does not say; asked anew after a while."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._upstream: Upstream | None = None
        self._names: list[str] = []
        self._failure: ProviderError | None = None
        self._until = 0.0

    async def names(self, upstream: Upstream) -> list[str]:
        """Those that may be asked here too; ProviderError where the upstream does not tell."""
        async with self._one_at_a_time:
            if upstream is not self._upstream or upstream.clock() >= self._until:
                await self._ask(upstream)
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            return self._names

    async def _ask(self, upstream: Upstream) -> None:
        try:
            told = await upstream.names(upstream.clock() + PATIENCE_SECONDS)
        except ProviderError as error:
            self._failure, lasts = error, FAILED_SECONDS
        else:
            self._failure, lasts = None, FRESH_SECONDS
            self._names = [name for name in told if 0 < len(name) <= LONGEST_NAME][:MOST_NAMES]
        self._upstream, self._until = upstream, upstream.clock() + lasts


def _model(name: str) -> dict[str, str | int]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "pantler"}
