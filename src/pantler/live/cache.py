"""A cache for Python values that keeps what is dear to compute, not only what was used last."""

import sys
import time
from collections.abc import Callable, Hashable, ItemsView, Iterator, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, TypeVar

from pantler import build
from pantler.core.cache import Cache as Items
from pantler.core.capacity import parse_capacity
from pantler.live.measures import checked_measure, lifetime_of
from pantler.live.values import ABSENT, Values

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Values, MutableMapping[K, V]):
    """A bounded mapping whose policy weighs cost, size and frequency; safe to share between threads.

    `capacity` counts items where it is an integer, and bytes where it is a string such as "64MB". `size` gives the
    bytes of a value (`sys.getsizeof` where the capacity is in bytes), `cost` what it would cost to compute again, in
    any one unit (1 for every value unless given; `cached` measures the seconds of the call). A value lives for
    `ttl_seconds` after it was put; where any does, a hit takes a lock. A value larger than the whole cache is not kept.
    `hits` and `misses` count what reads have found, `in` and walks through it left out.

    Raises UnknownPart for an unknown policy, CapacityError for a capacity that holds nothing, ConfigError for a cost or
    a size that is no function and for a lifetime that is not above 0.
    """

    if TYPE_CHECKING:  # what `put` takes; it checks that itself, since compiled it would raise Python's own error

        def put(
            self, key: Hashable, value: Any, *, cost: float | None = None, ttl_seconds: float | None = None
        ) -> bool: ...

    def __init__(
        self,
        *,
        policy: str = "auto",
        capacity: int | str = 1024,
        cost: Callable[[V], float] | None = None,
        size: Callable[[V], int] | None = None,
        ttl_seconds: float | None = None,
    ) -> None:
        checked_measure("cost", cost)
        checked_measure("size", size)
        self._policy = policy
        self._given = capacity
        self._capacity = parse_capacity(capacity)
        sizes = size or (sys.getsizeof if isinstance(capacity, str) else None)
        super().__init__(Items(build.policy(policy), self._capacity), cost, sizes, lifetime_of(ttl_seconds))

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

    def sizes(self) -> dict[K, int]:
        """The keys that are kept now, with what each takes of the capacity; counts no arrivals."""
        with self._lock:
            self._purge()
            return {key: item.size for key, item in self._residents.items()}  # type: ignore[misc]

    def pop(self, key: K, default: Any = ABSENT) -> Any:  # in one step for other threads, as are the next three
        with self._lock:
            return super().pop(key) if default is ABSENT else super().pop(key, default)

    def popitem(self) -> tuple[K, V]:
        with self._lock:
            return super().popitem()

    def setdefault(self, key: K, default: Any = None) -> Any:
        with self._lock:
            return super().setdefault(key, default)

    def __repr__(self) -> str:
        """The settings and the fill; never what is kept."""
        with self._lock:
            return f"Cache(policy={self._policy!r}, capacity={self._given!r}, items={len(self)}, used={self.used})"

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

    def _purge(self) -> None:
        if self._any_expires:
            self._items.purge(time.monotonic())

    def _snapshot(self) -> dict[K, V]:
        with self._lock:
            self._purge()
            return {key: item.payload for key, item in self._residents.items()}  # type: ignore[misc]
