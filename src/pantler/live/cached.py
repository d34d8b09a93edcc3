"""A decorator that remembers what a function returned."""

import inspect
import time
from collections.abc import Awaitable, Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, overload

from pantler.core.errors import WrongKind
from pantler.live.cache import Cache
from pantler.live.flights import AsyncFlights, Flights
from pantler.live.remembered import Remembered, Tally

P = ParamSpec("P")
R = TypeVar("R")


@overload
def cached(function: Callable[P, R], /) -> Remembered[P, R]: ...


@overload
def cached(
    cache: Cache[Any, Any] | None = None, *, key: Callable[..., Hashable] | None = None
) -> Callable[[Callable[P, R]], Remembered[P, R]]: ...


def cached(cache: Any = None, *, key: Callable[..., Hashable] | None = None) -> Any:
    """Keep a function's results in `cache`, valued by the seconds that each call took unless the cache has a `cost`.

    For sync and async functions. Equal calls in flight make one call: the others wait and get its result or its
    exception. An exception is never kept. `key` makes the key from the arguments, by default the arguments themselves,
    which must then be hashable. Functions that share a cache do not share results. Without `cache`, or used as
    `@cached` alone, a new one of 1024 items is made. The function's attribute `cache` is the one that it has; its
    `cache_info()` and `cache_clear()` are those of functools, for this function alone.

    Raises WrongKind for what is neither a cache nor a function, for a function that yields, and at a call for arguments
    that cannot be hashed. A call that would wait for itself raises CallsItself.
    """
    if callable(cache) and not isinstance(cache, type):
        return cached()(cache)
    if not isinstance(cache, Cache | None):
        raise WrongKind(f"cached() takes a pantler.Cache, not {cache!r}; write cached(Cache(capacity=...))")
    if not (key is None or callable(key)):
        raise WrongKind(f"cached() makes keys by a function of the arguments, not {key!r}; write key=lambda n: n")
    store: Cache[Any, Any] = Cache() if cache is None else cache
    make_key = key or arguments_key

    def decorate(function: Callable[P, R]) -> Remembered[P, R]:
        if not callable(function):
            raise WrongKind(f"cached() keeps what a function returns, and {function!r} is none; decorate a function")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise WrongKind(f"{named(function)} yields, and what it yielded is gone once read; let it return a list")
        wrap: Callable[..., Any] = _asynchronous if awaited(function) else _synchronous
        tally = Tally(function, store)
        remembered: Any = wrap(function, store, make_key, tally)
        remembered.cache, remembered.cache_info, remembered.cache_clear = store, tally.info, tally.clear
        return remembered  # type: ignore[no-any-return]

    return decorate


def arguments_key(*args: Hashable, **kwargs: Hashable) -> Hashable:
    """The arguments as one hashable value."""
    return (args, tuple(sorted(kwargs.items()))) if kwargs else args


def awaited(function: Callable[..., Any]) -> bool:
    """Whether a call makes a coroutine, of a function or of an object that is called as one."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - not whether it is callable, but how


def named(function: Callable[..., Any]) -> str:
    """What a function is called in an error; its kind where it has no name of its own, as a partial one."""
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def checked_hash(name: Hashable, function: Callable[..., Any]) -> None:
    """Raise WrongKind where a call's name cannot be hashed."""
    try:
        hash(name)
    except TypeError as error:
        raise WrongKind(
            f"{named(function)} was called with what makes no key ({error}); give hashable arguments, "
            "or cached(key=...) a function that makes a key of them"
        ) from error


def _synchronous(
    function: Callable[..., Any], store: Cache[Any, Any], make_key: Callable[..., Hashable], tally: Tally
) -> Callable[..., Any]:
    flights = Flights(named(function))

    @wraps(function)
    def remembered(*args: Any, **kwargs: Any) -> Any:  # the function's own signature, which wraps() keeps
        name = (function, make_key(*args, **kwargs))
        try:
            value = store.get(name, flights)
        except TypeError:
            checked_hash(name, function)
            raise
        if value is not flights:
            tally.hits += 1
            return value
        tally.misses += 1
        return flights.join(name, lambda: call(name, args, kwargs))

    def call(name: Hashable, args: Any, kwargs: Any) -> Any:
        started = time.perf_counter()
        value = function(*args, **kwargs)
        store.keep(name, value, seconds=time.perf_counter() - started)
        return value

    return remembered


def _asynchronous(
    function: Callable[..., Awaitable[Any]], store: Cache[Any, Any], make_key: Callable[..., Hashable], tally: Tally
) -> Callable[..., Any]:
    flights = AsyncFlights(named(function))

    @wraps(function)
    async def remembered(*args: Any, **kwargs: Any) -> Any:  # the function's own signature, which wraps() keeps
        name = (function, make_key(*args, **kwargs))
        try:
            value = store.get(name, flights)
        except TypeError:
            checked_hash(name, function)
            raise
        if value is not flights:
            tally.hits += 1
            return value
        tally.misses += 1
        return await flights.join(name, lambda: call(name, args, kwargs))

    async def call(name: Hashable, args: Any, kwargs: Any) -> Any:
        started = time.perf_counter()
        value = await function(*args, **kwargs)
        store.keep(name, value, seconds=time.perf_counter() - started)
        return value

    return remembered
