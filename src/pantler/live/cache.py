"""A cache for Python values that keeps what is dear to compute, not only what was used last."""

import sys
import time
from collections.abc import Callable, Hashable, ItemsView, Iterator, MutableMapping, ValuesView
from threading import RLock
from typing import Any, TypeVar

from pantler import build
from pantler.core.cache import Cache as Items
from pantler.core.capacity import parse_capacity
from pantler.core.item import FOREVER, Item

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ABSENT: Any = object()


class Cache(MutableMapping[K, V]):
    """A bounded mapping whose policy weighs cost, size and frequency; safe to share between threads.

    `capacity` counts items where it is an integer, and bytes where it is a string such as "64MB". `size` gives the
    bytes of a value (`sys.getsizeof` where the capacity is in bytes), `cost` what it would cost to compute again, in
    any one unit (1 for every value unless given; `cached` measures the seconds of the call). A value lives for
    `ttl_seconds` after it was put; where any does, a hit takes a lock. A value larger than the whole cache is not kept.

    Raises UnknownPart for an unknown policy and CapacityError for a capacity that holds nothing.
    """

    def __init__(
        self,
        *,
        policy: str = "auto",
        capacity: int | str = 1024,
        cost: Callable[[V], float] | None = None,
        size: Callable[[V], int] | None = None,
        ttl_seconds: float | None = None,
    ) -> None:
        self._items = Items(build.policy(policy), parse_capacity(capacity))
        self._residents = self._items.residents
        self._hit = self._items.hit
        self._cost = cost
        self._size = size or (sys.getsizeof if isinstance(capacity, str) else None)
        self._ttl_seconds = ttl_seconds
        self._any_expires = False
        self._lock = RLock()

    def get(self, key: K, default: Any = None) -> Any:  # as Mapping.get
        """The value of `key`, or `default`; either way an arrival of the key is counted."""
        value = self._hit_in_time(key) if self._any_expires else self._hit(key, ABSENT, 0.0)
        if value is not ABSENT:
            return value
        with self._lock:
            self._items.arrive(key)
        return default

    def peek(self, key: object, default: Any = None) -> Any:
        """The value of `key`, or `default`; counts no arrival."""
        item = self._residents.get(key)
        return default if item is None or item.expires <= time.monotonic() else item.payload

    def __getitem__(self, key: K) -> V:
        value: V = self.get(key, ABSENT)
        if value is ABSENT:
            raise KeyError(key)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self.put(key, value)

    def __delitem__(self, key: K) -> None:
        with self._lock:
            if not self._items.drop(key):
                raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        """Whether a value is kept for `key`; counts no arrival."""
        return self.peek(key, ABSENT) is not ABSENT

    def __iter__(self) -> Iterator[K]:
        return iter(self._snapshot())

    def __len__(self) -> int:
        with self._lock:
            self._purge()
            return len(self._residents)

    def items(self) -> ItemsView[K, V]:
        """The keys and values that are kept now, as they stay whatever happens to the cache; counts no arrivals."""
        return self._snapshot().items()

    def values(self) -> ValuesView[V]:
        """The values that are kept now, as they stay whatever happens to the cache; counts no arrivals."""
        return self._snapshot().values()

    def pop(self, key: K, default: Any = ABSENT) -> Any:  # in one step for other threads, as are the next three
        with self._lock:
            return super().pop(key) if default is ABSENT else super().pop(key, default)

    def popitem(self) -> tuple[K, V]:
        with self._lock:
            return super().popitem()

    def setdefault(self, key: K, default: Any = None) -> Any:
        with self._lock:
            return super().setdefault(key, default)

    def clear(self) -> None:
        with self._lock:
            for key in list(self._residents):
                self._items.drop(key)

    @property
    def capacity(self) -> int:
        """The largest sum of sizes."""
        return int(self._items.capacity)

    @property
    def used(self) -> int:
        """The sum of the sizes kept now."""
        with self._lock:
            self._purge()
            return int(self._items.used)

    def put(self, key: K, value: V, *, cost: float | None = None, ttl_seconds: float | None = None) -> bool:
        """Keep a value, for what it cost where that is given; whether it was admitted."""
        if cost is None:
            cost = 1.0 if self._cost is None else self._cost(value)
        size = 1 if self._size is None else max(1, self._size(value))
        lifetime = self._ttl_seconds if ttl_seconds is None else ttl_seconds
        with self._lock:
            if lifetime is None and not self._any_expires:
                return self._items.keep(key, value, cost, size)
            self._any_expires = True
            now = time.monotonic()
            expires = FOREVER if lifetime is None else now + lifetime
            return self._items.put(Item(key, cost, size, value, expires), now).admitted

    def keep(self, key: K, value: V, *, seconds: float) -> bool:
        """Keep a value that took so long to compute, at the cache's own idea of its cost if it has one."""
        return self.put(key, value, cost=seconds if self._cost is None else None)

    def _hit_in_time(self, key: K) -> Any:
        with self._lock:  # a value that has expired is dropped
            return self._hit(key, ABSENT, time.monotonic())

    def _purge(self) -> None:
        if self._any_expires:
            self._items.purge(time.monotonic())

    def _snapshot(self) -> dict[K, V]:
        with self._lock:
            self._purge()
            return {key: item.payload for key, item in self._residents.items()}  # type: ignore[misc]
