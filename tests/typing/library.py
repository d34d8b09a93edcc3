"""Library use as a type checker sees it; an `ignore` that nothing needs is an error."""

from typing import TypeVar, assert_type

import pantler

T = TypeVar("T")


@pantler.cached
def double(number: int, *, by: float = 2.0) -> float:
    return number * by


@pantler.cached(pantler.Cache(capacity="1MB"), key=lambda name: name.lower())
async def fetched(name: str) -> bytes:
    return name.encode()


@pantler.cached
def same(value: T) -> T:
    return value


class Shop:
    @pantler.cached
    def price(self, name: str) -> int:
        return len(name)


async def uses(cache: pantler.Cache[str, int], shop: Shop) -> None:
    assert_type(double(1, by=3.0), float)
    assert_type(await fetched("a"), bytes)
    assert_type(same("a"), str)
    assert_type(shop.price("a"), int)
    assert_type(double.cache_info().hits, int)
    Shop.price.cache_clear()
    assert_type(cache["a"], int)
    double("one")  # type: ignore[arg-type]
    double(1, bye=3.0)  # type: ignore[call-arg]
    await fetched(1)  # type: ignore[arg-type]
    shop.price(1)  # type: ignore[arg-type]
    cache[1] = 1  # type: ignore[index]
