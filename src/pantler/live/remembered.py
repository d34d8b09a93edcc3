"""What a function has, besides its signature, whose results are kept."""

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, Self, TypeVar, overload

from pantler.live.cache import Cache

P = ParamSpec("P")
Q = ParamSpec("Q")
S = TypeVar("S")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class CacheInfo(NamedTuple):
    """What functools tells of a function: `currsize` is what its results take of `maxsize`, in items or in bytes."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Remembered(Protocol[P, R_co]):
    """A function or a method with its own signature, and what functools gives a cached one."""

    cache: Cache[Any, Any]

    @property
    def __wrapped__(self) -> Callable[P, R_co]: ...

    def cache_info(self) -> CacheInfo:
        """How often results were kept or not when they were asked for, and what they take of the cache."""
        ...

    def cache_clear(self) -> None:
        """Drop this function's results, and count from nothing again; other users of the cache keep theirs."""
        ...

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def __get__(self, instance: None, owner: type, /) -> Self: ...

    @overload
    def __get__(self: "Remembered[Concatenate[S, Q], R]", instance: S, owner: type, /) -> Callable[Q, R]: ...


class Tally:
    """The hits and the misses of one function, whose results it finds in the cache by their names."""

    def __init__(self, function: Callable[..., Any], store: Cache[Any, Any]) -> None:
        self._function = function
        self._store = store
        self.hits = 0
        self.misses = 0

    def info(self) -> CacheInfo:
        return CacheInfo(self.hits, self.misses, self._store.capacity, sum(self._sizes().values()))

    def clear(self) -> None:
        for name in self._sizes():
            with suppress(KeyError):  # another thread may have evicted it since
                del self._store[name]
        self.hits = self.misses = 0

    def _sizes(self) -> dict[Hashable, int]:
        return {name: size for name, size in self._store.sizes().items() if self._is_mine(name)}

    def _is_mine(self, name: Hashable) -> bool:
        return isinstance(name, tuple) and len(name) == 2 and name[0] is self._function
