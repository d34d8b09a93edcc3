"""Requests and tokens per minute, and requests at a time, of each client key.

A bucket holds one minute's allowance and fills steadily. Tokens are known only once a call is over: a request is
let in while the bucket holds something, what its call took is taken then, and a debt is waited for.
"""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Final

from pantler.config.values import Key, Tenant
from pantler.gateway.refusals import Refusal

MINUTE: Final = 60.0


class Bucket:
    """An allowance of `per_minute` that fills with time; it may be overdrawn."""

    __slots__ = ("_level", "_seen", "per_minute")

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self._level = float(per_minute)
        self._seen = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until the bucket holds so much, or is full; 0 where it does."""
        self._fill(now)
        missing = min(amount, self.per_minute) - self._level
        return max(0.0, missing * MINUTE / self.per_minute)

    def take_one(self, now: float) -> float:
        """Take 1 out and return 0, or, where there is less, the seconds until there is so much."""
        self._fill(now)
        if self._level < 1.0:
            return (1.0 - self._level) * MINUTE / self.per_minute
        self._level -= 1.0
        return 0.0

    def take(self, amount: float, now: float) -> None:
        """Take so much out, more than there is too."""
        self._fill(now)
        self._level -= amount

    def resized(self, per_minute: int, now: float) -> "Bucket":
        """A bucket of another size from which as much has been taken."""
        self._fill(now)
        other = Bucket(per_minute, now)
        other._level = per_minute - (self.per_minute - self._level)
        return other

    def _fill(self, now: float) -> None:
        passed = now - self._seen
        if passed > 0.0:
            level = self._level + passed * self.per_minute / MINUTE
            self._level = level if level < self.per_minute else float(self.per_minute)
            self._seen = now


class _Held:
    """What one key has used of its limits."""

    __slots__ = ("concurrency", "inside", "name", "requests", "tokens")

    def __init__(self, key: Key, name: str, now: float, before: "_Held | None") -> None:
        self.name = name
        self.concurrency = key.concurrency
        self.inside: int = before.inside if before else 0
        self.requests: Bucket | None = _bucket(key.requests_per_minute, now, before.requests if before else None)
        self.tokens: Bucket | None = _bucket(key.tokens_per_minute, now, before.tokens if before else None)


class Limiter:
    """Lets requests of each key in, by `clock`, the monotonic seconds; keys are named by their digest."""

    def __init__(self, tenants: Iterable[Tenant], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._by_digest: dict[str, _Held] = {}
        self.reload(tenants)

    def reload(self, tenants: Iterable[Tenant]) -> None:
        """Take other limits; what keys have used stays used."""
        now = self._clock()
        before = self._by_digest
        self._by_digest = {
            key.digest: _Held(key, key.name or tenant.name, now, before.get(key.digest))
            for tenant in tenants
            for key in tenant.keys
        }

    def admit(self, digest: str, tokens: int = 1) -> Refusal | None:
        """Let a request in that is known to need at least so many tokens; whoever is let in must `leave`.

        A key that is not configured has no limits.
        """
        held = self._by_digest.get(digest)
        if held is None:
            return None
        if held.concurrency is not None and held.inside >= held.concurrency:
            return Refusal(
                "concurrency", 1, f"key {held.name!r} has {held.inside} requests under way, as many as it may"
            )
        now = self._clock()
        if held.tokens is not None and (wait := held.tokens.wait(tokens, now)):
            return _used_up("tokens_per_minute", held.name, held.tokens.per_minute, wait)
        if held.requests is not None and (wait := held.requests.take_one(now)):
            return _used_up("requests_per_minute", held.name, held.requests.per_minute, wait)
        held.inside += 1
        return None

    def passes(self, digest: str) -> bool:
        """Let a request in that is over at once; whether there was room."""
        if self.admit(digest) is not None:
            return False
        self.leave(digest)
        return True

    def leave(self, digest: str) -> None:
        """A request that was let in is over."""
        held = self._by_digest.get(digest)
        if held is not None and held.inside > 0:  # a key that came with a reload has older requests uncounted
            held.inside -= 1

    def took(self, digest: str, tokens: int) -> None:
        """A call for this key took so many tokens of models, in and out together."""
        held = self._by_digest.get(digest)
        if held is not None and held.tokens is not None:
            held.tokens.take(tokens, self._clock())


def _bucket(per_minute: int | None, now: float, before: Bucket | None) -> Bucket | None:
    if per_minute is None:
        return None
    return Bucket(per_minute, now) if before is None else before.resized(per_minute, now)


def _used_up(limit: str, name: str, per_minute: int, wait: float) -> Refusal:
    unit = limit.partition("_")[0]
    said = f"key {name!r} has used its {per_minute} {unit} per minute; ask again in {ceil(wait)} s"
    return Refusal(limit, ceil(wait), said)
