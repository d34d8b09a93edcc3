"""Python values under a policy, guarded for threads: the reads and writes of `pantler.Cache`, as plain as they compile.

A hit takes no lock, since a policy's `touch` allows for an item that another thread has just taken out; whatever may
move items holds the lock.
"""

import time
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, Final

from mypy_extensions import i64, mypyc_attr

from pantler.core.cache import Cache as Items
from pantler.core.item import FOREVER, Item
from pantler.live.measures import cost_of, lifetime_of, size_of

ABSENT: Final[Any] = object()
PLAIN: Final = 1 << 48  # bytes below which a size is one without a closer look
WAITING: Final = 64  # arrivals of absent keys that may wait for the next put


@mypyc_attr(allow_interpreted_subclasses=True)
class Values:
    """Values by key in a cache of items, each with what its cost, its size and its lifetime are taken to be.

    `hits` and `misses` are the arrivals that `get` has counted.
    """

    def __init__(
        self,
        items: Items,
        cost: Callable[[Any], Any] | None,
        size: Callable[[Any], Any] | None,
        ttl_seconds: float | None,
    ) -> None:
        self._items = items
        self._residents = items.residents
        self._cost = cost
        self._size = size
        self._ttl_seconds = ttl_seconds
        self._any_expires = False
        self.hits: i64 = 0
        self.misses: i64 = 0
        self._absent: list[Hashable] = []  # what has come since the last put; a lock for each would take as long
        self._lock = RLock()
        self._acquire = self._lock.acquire
        self._release = self._lock.release

    def get(self, key: Hashable, default: Any = None) -> Any:
        """The value of `key`, or `default`; either way an arrival of the key is counted."""
        value = self._hit_in_time(key) if self._any_expires else self._items.hit(key, ABSENT, 0.0)
        if value is not ABSENT:
            self.hits += 1
            return value
        self.misses += 1
        self._absent.append(key)
        if len(self._absent) > WAITING:
            with self._lock:
                _count(self._absent, self._items)
        return default

    def peek(self, key: Any, default: Any = None) -> Any:
        """The value of `key`, or `default`; counts no arrival."""
        item = self._residents.get(key)
        return default if item is None or item.expires <= time.monotonic() else item.payload

    def put(self, key: Hashable, value: Any, *, cost: Any = None, ttl_seconds: Any = None) -> bool:
        """Keep a value, for what it cost where that is given; whether it was admitted.

        Raises ConfigError for a cost that is below 0 or no finite number, which no policy could rank, for a size that
        is no whole number and for a lifetime that is not above 0.
        """
        worth = 1.0
        if cost is not None:
            worth = _worth(cost)
        elif self._cost is not None:
            worth = _worth(self._cost(value))
        size: i64 = 1 if self._size is None else _taken(self._size(value))
        lifetime = self._ttl_seconds if ttl_seconds is None else lifetime_of(ttl_seconds)
        self._acquire()
        try:
            _count(self._absent, self._items)
            if lifetime is None and not self._any_expires:
                return self._items.keep(key, value, worth, size)
            self._any_expires = True
            now = time.monotonic()
            expires = FOREVER if lifetime is None else now + lifetime
            return self._items.offer(Item(key, worth, size, value, expires), now) is not None
        finally:
            self._release()

    def keep(self, key: Hashable, value: Any, *, seconds: float) -> bool:
        """Keep a value that took so long to compute, at the cache's own idea of its cost if it has one."""
        return self.put(key, value, cost=seconds if self._cost is None else None)

    def _hit_in_time(self, key: Hashable) -> Any:
        with self._lock:  # a value that has expired is dropped
            return self._items.hit(key, ABSENT, time.monotonic())


def _worth(given: Any) -> float:
    """The cost that was given, a plain one without a call of what is not compiled."""
    if isinstance(given, float) and 0.0 <= given < FOREVER:
        return given
    return cost_of(given)


def _taken(given: Any) -> i64:
    """The size that was given, likewise."""
    if isinstance(given, int) and 0 < given < PLAIN:
        return given
    return size_of(given)


def _count(absent: list[Hashable], items: Items) -> None:
    """Count the arrivals of absent keys that wait; most often there is one, that of the value to be put.

    No method, since one of a class with interpreted heirs would be looked up by name.
    """
    if len(absent) == 0:
        return
    for key in absent:
        items.arrive(key)
    absent.clear()
