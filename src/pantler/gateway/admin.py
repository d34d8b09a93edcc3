"""The admin listener: metrics, sums, purges, a reload; every route but liveness needs the operator's own credential."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import msgspec

from pantler.config.values import Key as ClientKey
from pantler.config.values import Tenant
from pantler.core.errors import ConfigError
from pantler.core.types import Key
from pantler.core.usage import UNREADABLE
from pantler.gateway.app import Handler, Paths
from pantler.gateway.bodies import misread, whole_body
from pantler.gateway.exchange import Exchange, shown_key
from pantler.gateway.ratings import NEAR
from pantler.gateway.replies import JSON, NOT_STORED, Refused, fault, reply
from pantler.gateway.serving import Serving

TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
MOST_BYTES = 4096
UNAUTHENTICATED = fault(401, "invalid_admin_key", "this needs the admin key; send it as 'Authorization: Bearer KEY'")
PURGE = (
    'name one: {"key": "32 hexadecimal digits, as ledger rows have them"}, {"decision": "dec_..."}, {"tag": "..."}, '
    '{"model": "..."} or {"tenant": "..."}; '
    "a tag or a model may have a tenant beside it"
)

_encode = msgspec.json.Encoder().encode

log = logging.getLogger("pantler.admin")


class Purge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be forgotten: one answer by its key or by a decision that served it, all of a tag, model or tenant.

    Of a tag or a model that is of one tenant where `tenant` is given too, else of all of them.
    """

    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{32}$")] | None = None
    decision: str | None = None
    tag: str | None = None
    model: str | None = None
    tenant: str | None = None


_purge = msgspec.json.Decoder(Purge).decode


class Admin:
    """What an operator may ask of `serving`, with the credential `key`; `reload` reads the configuration again."""

    def __init__(self, serving: Serving, reload: Callable[[], Awaitable[list[str]]], key: str) -> None:
        self._serving = serving
        self._reload = reload
        self._expected = key.encode()

    def paths(self) -> Paths:
        """What is served where; what is not marked open is closed to whoever has not the key."""
        closed: dict[str, dict[str, Handler]] = {
            "/readyz": {"GET": self._serving.health.known},
            "/metrics": {"GET": self._metrics},
            "/admin/stats": {"GET": self._stats},
            "/admin/keys": {"GET": self._keys},
            "/admin/semantic": {"GET": self._semantic},
            "/admin/purge": {"POST": self._purge},
            "/admin/reload": {"POST": self._reloaded},
        }
        guarded: Paths = {
            path: {method: partial(self._guarded, handler) for method, handler in methods.items()}
            for path, methods in closed.items()
        }
        return {"/healthz": {"GET": self._serving.health.alive}, **guarded}

    async def _guarded(self, handler: Handler, exchange: Exchange) -> None:
        if not hmac.compare_digest(shown_key(exchange.head) or b"", self._expected):
            raise Refused(UNAUTHENTICATED, [(b"www-authenticate", b"Bearer")])
        await handler(exchange)

    async def _metrics(self, exchange: Exchange) -> None:
        await reply(exchange.send, 200, [TEXT, NOT_STORED], self._serving.metrics.text())

    async def _stats(self, exchange: Exchange) -> None:
        await _tell(exchange, self._serving.stats())

    async def _keys(self, exchange: Exchange) -> None:
        tenants = self._serving.setup.config.tenants
        told = [_named(tenant, key) for tenant in tenants for key in tenant.keys]
        await _tell(exchange, {"keys": told})

    async def _semantic(self, exchange: Exchange) -> None:
        """Promises beside what was seen of them, and the hits most worth a look: by their ids, never by their words."""
        semantic = self._serving.semantic
        circles = [] if semantic is None else semantic.reports()
        await _tell(exchange, {"circles": circles, "doubtful": [] if semantic is None else semantic.doubtful.listed()})

    async def _reloaded(self, exchange: Exchange) -> None:
        try:
            warnings = await self._reload()
        except ConfigError as error:
            raise Refused(fault(409, "configuration_refused", f"the old one goes on: {error}")) from error
        await _tell(exchange, {"reloaded": True, "warnings": warnings})

    async def _purge(self, exchange: Exchange) -> None:
        body = await whole_body(exchange, MOST_BYTES)
        try:
            asked = _purge(body)
        except UNREADABLE as error:
            raise Refused(fault(400, "invalid_purge", f"{misread(body, error)}; {PURGE}")) from error
        named = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
        tenant = named.pop("tenant", None) if named.keys() & {"tag", "model"} else None
        if len(named) != 1:
            raise Refused(fault(400, "invalid_purge", PURGE))
        [(by, value)] = named.items()
        gone = self._serving.loop.forget(self._of_tenant(await self._keys_of(by, value), tenant))
        log.info("purged %d answers by %s", gone, by if tenant is None else f"{by} and tenant")
        await _tell(exchange, {"purged": gone} | ({} if gone else {"note": f"nothing is stored by this {by}"}))

    async def _keys_of(self, by: str, value: str) -> list[Key]:
        if by == "key":
            return [int(value, 16)]
        if by != "decision":
            return self._serving.keeping.store.named(by, value)  # type: ignore[arg-type]  # a field of Purge
        row = await self._serving.keeping.rows.find(value)
        if row is None:
            raise Refused(fault(404, "unknown_decision", "the ledger has no such decision", "decision"))
        is_near = row.near is not None and row.tier in NEAR
        return [int(row.near.key if row.near is not None and is_near else row.key_digest, 16)]

    def _of_tenant(self, keys: list[Key], tenant: str | None) -> list[Key]:
        entries = ((key, self._serving.keeping.store.get(key)) for key in keys)
        return [key for key, entry in entries if tenant is None or (entry is not None and entry.tenant == tenant)]


def _named(tenant: Tenant, client_key: ClientKey) -> dict[str, Any]:
    """What may be said of a key: not even its digest."""
    told = msgspec.structs.asdict(client_key)
    del told["digest"]
    return {"tenant": tenant.name, **told}


async def _tell(exchange: Exchange, told: Any) -> None:
    await reply(exchange.send, 200, [JSON, NOT_STORED], _encode(told))
