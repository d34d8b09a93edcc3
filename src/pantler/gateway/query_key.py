"""Which stored answer a request may be served: the key of all that can change the answer.

key = blake2b-128 under the pepper of (tenant, route or model, its revision, operation; the request but its harmless
fields, with the keys of every object in order). Texts are compared exactly; 1 and 1.0 differ but as a sampling setting.
"""

from hashlib import blake2b
from typing import Any, Final

import msgspec

from pantler.config.values import Route
from pantler.gateway.readings import Bypass
from pantler.gateway.wire import Request, Wire

HARMLESS: Final = frozenset(
    ["stream", "stream_options", "store", "metadata", "user", "safety_identifier", "prompt_cache_key", "service_tier"]
)
USER: Final = ("user", "safety_identifier")
LOW_BITS: Final = (1 << 64) - 1
LONGEST_NAME: Final = 40  # of a field that is shown
SETTINGS: Final = frozenset(
    ["temperature", "top_p", "frequency_penalty", "presence_penalty"]
)  # whose 1 and 1.0 are the same

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Partition:
    """The keys of one tenant, of one route or model, of one operation; nobody else's request has any of them.

    `names` are all that sets it apart; a route shared between tenants leaves the tenant out.
    """

    def __init__(self, pepper: bytes, *names: str) -> None:
        secret = blake2b(pepper, person=b"pantler key").digest()
        self._begun = blake2b(_encode(names), digest_size=16, key=secret)

    def key(self, material: bytes, variant: int = 0) -> int:
        """The key of a request by what `material` says of it, as a number of 128 bits."""
        digest = self._begun.copy()
        digest.update(material)
        if variant:
            digest.update(b"\n%d" % variant)
        return int.from_bytes(digest.digest(), "big")

    def scope(self, material: bytes) -> int:
        """The key of all that a request says but its last text; no request has it."""
        return self.key(material, -1)


def is_odd(fields: dict[str, Any], wire: Wire) -> bool:
    """Whether a request has fields that are not known; a view of the keys would be held against a set in five times."""
    known = wire.known
    return any(name not in known for name in fields)


def material(request: Request, wire: Wire, route: Route) -> bytes | Bypass:
    """All of a request that can change its answer, in one form however it was written; or why it has no key."""
    fields = request.fields
    if is_odd(fields, wire):
        unknown = sorted(fields.keys() - wire.known - set(route.key_fields))
        if unknown:
            return Bypass(f"unknown field {_shown(unknown[0])}; the route may name it in key_fields")
    if wire.sampled:
        reason = _varies(fields.get("temperature"), route.cache_sampling)
        if reason is not None:
            return Bypass(reason)
    kept = {name: value for name, value in fields.items() if name not in HARMLESS}
    for name in SETTINGS:
        value = kept.get(name)
        if type(value) is float and value.is_integer():
            kept[name] = int(value)
    if route.partition_by_user:
        kept.update((name, fields[name]) for name in USER if name in fields)
    return _encode(kept)


def low_bits(key: int) -> int:
    """A query's key as 64 bits: it is a digest already."""
    return key & LOW_BITS


def _shown(name: str) -> str:
    """A field as ledger and log may say it: what is no name may be anybody's words."""
    return repr(name) if name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME else "whose name is none"


def _varies(temperature: Any, sampling: str) -> str | None:
    if sampling == "any":
        return None
    if temperature is None:
        return None if sampling == "unset" else "no temperature given, and the route caches temperature 0 only"
    if isinstance(temperature, bool) or not isinstance(temperature, int | float) or temperature != 0:
        return "temperature above 0 asks for variety"
    return None
