"""From what came over HTTP to an errand: who asks, what for, under which key of the cache."""

from functools import partial
from typing import Any, Final

from pantler.config.keys import Holder, Keyring
from pantler.config.values import Config, Key, Route, Tenant
from pantler.core.asks import Ask
from pantler.core.capacity import parse_bytes
from pantler.core.recent import Recent
from pantler.core.types import NOT_TOLD_APART, Query
from pantler.gateway import cache_control
from pantler.gateway.exchange import Head, shown_key
from pantler.gateway.known_bodies import KnownBodies
from pantler.gateway.query_key import Partition, is_odd, material
from pantler.gateway.questions import Origin, question
from pantler.gateway.readings import Arrival, Bypass, Reading, Sender
from pantler.gateway.replies import Refused, fault
from pantler.gateway.routes import Routes, of_one_space
from pantler.gateway.wire import Fault, Request, Wire
from pantler.live.asking import Asking, Circle, Question
from pantler.live.errands import Errand

ANYBODY: Final = Holder(Tenant("anybody"), Key(""))  # who asks where no keys are configured
PASSED_ON: Final = (b"traceparent", b"tracestate")
LONGEST_NAME: Final = 256
MOST_TURNS: Final = 10_000  # queries
MISSING_KEY: Final = fault(401, "missing_key", "no key was sent; send it as 'Authorization: Bearer KEY'")
INVALID_KEY: Final = fault(401, "invalid_key", "this key is not known here; ask whoever runs the gateway for one")
CHALLENGE: Final = (b"www-authenticate", b"Bearer")


class Desk:
    """Makes errands of requests under one configuration."""

    def __init__(self, config: Config, routes: Routes, keyring: Keyring, pepper: bytes) -> None:
        self.routes = routes
        self._keyring = keyring
        self.most_bytes = parse_bytes(config.gateway.body_bytes)
        self._most_depth = config.gateway.max_depth
        self.is_open = not len(keyring)  # to anybody who reaches it
        self._pepper = pepper
        self._seconds = config.gateway.request_seconds
        self._revisions = {model.name: model.revision for model in config.models}
        self._partitions: dict[tuple[str, str, str], Partition] = {}
        self._turns: Recent[int, int] = Recent()
        self.bodies = KnownBodies()

    def holder(self, head: Head) -> Holder:
        """Whose key a request shows."""
        if self.is_open:
            return ANYBODY
        shown = shown_key(head)
        if shown is None:
            raise Refused(MISSING_KEY, [CHALLENGE])
        found = self._keyring.find(shown.decode("latin-1"))
        if found is None:
            raise Refused(INVALID_KEY, [CHALLENGE])
        return found

    def reading(self, wire: Wire, body: bytes, sender: Sender) -> Reading:
        """What a body asks; Refused where it cannot be read."""
        request = wire.read(body, self._most_depth)
        if not isinstance(request, Request):
            raise Refused(request)
        tenant, wishes = sender.holder.tenant, sender.wishes
        route = self._route(request.model, tenant)
        if request.operation == "embedding":
            route = of_one_space(route)
        is_of_use = wishes.keeps or wishes.looks
        key, bypass = self._key(wire, request, route, tenant) if is_of_use else (NOT_TOLD_APART, "no-store")
        return Reading(self, wire, sender, request, route, key, bypass, body)

    def errand(self, reading: Reading, arrival: Arrival) -> Errand:
        """What is to be done for a body that has been read."""
        request, route, sender = reading.request, reading.route, reading.sender
        wire, holder = reading.wire, sender.holder
        tenant = holder.tenant.name
        deadline = arrival.began + self._seconds
        return Errand(
            decision=arrival.decision,
            tenant=tenant,
            route=route,
            query=Query(reading.key, route=route.name),
            ask=Ask(
                request.operation,
                request.model,
                request.fields,
                deadline,
                sender.passed_on,
                reading.body,
                asker=tenant,
            ),
            shape=wire,
            flaw=partial(wire.flaw, request, tool_calls=route.cache_tool_calls),
            streamed=request.streamed,
            with_usage=request.include_usage,
            began=arrival.began,
            time=arrival.time,
            most_in=request.tokens_in_bound,
            most_out=request.tokens_out_bound,
            choices=request.choices,
            is_odd=is_odd(request.fields, wire),
            wishes=sender.wishes,
            bypass=reading.bypass,
            passes_on=self.routes.passes_on(route),
            holder=holder.key.digest,
            asking=None if reading.bypass or route.semantic is None else Asking(partial(self._question, reading)),
        )

    def key_of(self, wire: Wire, errand: Errand, fields: dict[str, Any]) -> int:
        """The key that a request with other fields would have of the errand's client, had nothing to be drawn for it.

        NOT_TOLD_APART where it has none, or several in turn.
        """
        route = errand.route
        found = material(Request(wire.operation, errand.ask.model, fields, 0), wire, route)
        if isinstance(found, Bypass):
            settled = {**fields, "temperature": 0}
            found = material(Request(wire.operation, errand.ask.model, settled, 0), wire, route)
        if isinstance(found, Bypass) or route.variants != 1:
            return NOT_TOLD_APART
        return self._partition(wire.operation, route, errand.tenant).key(found)

    def _question(self, reading: Reading) -> Question:
        """What a request asks, for near questions to be found."""
        wire, route, holder = reading.wire, reading.route, reading.sender.holder
        shared = route.shared_between_tenants
        circle = Circle("" if shared else holder.tenant.name, route.name, wire.operation)
        principal = holder.tenant.name if shared else holder.key.digest
        scope = self._partition(wire.operation, route, holder.tenant.name).scope
        return question(reading.request, wire, route, Origin(circle, principal, scope))

    def _route(self, name: str, tenant: Tenant) -> Route:
        route = self.routes.find(name) if len(name) <= LONGEST_NAME else None
        if route is None:
            remedy = "GET /v1/models lists the names that can be asked"
            raise Refused(fault(404, "model_not_found", f"no model or route is named {name[:64]!r}; {remedy}", "model"))
        if tenant.routes and route.name not in tenant.routes:
            raise Refused(fault(403, "route_forbidden", f"this key may not ask {route.name!r}", "model"))
        return route

    def _key(self, wire: Wire, request: Request, route: Route, tenant: Tenant) -> tuple[int, str]:
        """The query's key, or NOT_TOLD_APART and why it has none of its own."""
        found = material(request, wire, route)
        if isinstance(found, Bypass):
            return NOT_TOLD_APART, found.reason
        partition = self._partition(wire.operation, route, tenant.name)
        if route.variants == 1:
            return partition.key(found), ""
        return partition.key(found, self._variant(partition.key(found), route.variants)), ""

    def _variant(self, key: int, variants: int) -> int:
        """Each variant of an answer in its turn; of at most so many queries is remembered whose turn it is."""
        count = self._turns.get(key, -1) + 1
        self._turns.write(key, count, MOST_TURNS)
        return count % variants

    def _partition(self, operation: str, route: Route, tenant: str) -> Partition:
        owner = "" if route.shared_between_tenants else tenant
        name = (owner, route.name, operation)
        found = self._partitions.get(name)
        if found is None:
            revisions = [f"{model} {self._revisions.get(model, '')}" for model in route.models]
            found = self._partitions[name] = Partition(self._pepper, *name, *revisions)
        return found


def sender(holder: Holder, head: Head) -> Sender:
    """Who asks, by a head that shows `holder`'s key; Refused where it says what cannot be understood."""
    get = head.get
    wishes = cache_control.read(get(b"cache-control", b""), get(b"x-pantler-ttl", b""), get(b"x-pantler-tags", b""))
    if isinstance(wishes, Fault):
        raise Refused(wishes)
    passed_on = tuple((name.decode(), head[name].decode("latin-1")) for name in PASSED_ON if name in head)
    return Sender(holder, wishes, passed_on)
