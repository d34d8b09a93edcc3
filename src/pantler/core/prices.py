"""The values that costs are reckoned from: what tokens cost, how many there were, what else is weighed."""

import msgspec
from msgspec.structs import replace

from pantler.core.errors import ConfigError


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """Integer pico-dollars per token; what is None costs what the next wider kind of tokens does.

    `cached_in` is for tokens that the provider's own prompt cache served, `cache_write` and `cache_write_1h` for those
    that it took in, `reasoning` for tokens out that were thought and not shown. `tiers` replace all of it for requests
    that read more tokens than a tier's `above`, in rising order.

    One US dollar per million tokens is 1,000,000 pico-dollars per token.
    """

    tokens_in: int
    tokens_out: int
    cached_in: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    tiers: "tuple[PriceTier, ...]" = ()

    def __post_init__(self) -> None:
        given = (self.tokens_in, self.tokens_out, self.cached_in, self.cache_write, self.cache_write_1h, self.reasoning)
        if any(price is not None and price < 0 for price in given):
            raise ConfigError(f"a price cannot be negative: {self}; give pico-dollars per token, 0 for free")

    def at(self, tokens_in: int) -> "Price":
        """The price of a request that reads so many tokens, without tiers."""
        price = self
        for tier in self.tiers:
            if tokens_in > tier.above:
                price = tier.price
        return replace(price, tiers=()) if price.tiers else price


class PriceTier(msgspec.Struct, frozen=True):
    """What a request costs that reads more than `above` tokens."""

    above: int
    price: Price


class Tokens(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How many tokens a call read and wrote.

    `cached_in`, `cache_write` and `cache_write_1h` are those of `tokens_in` that the provider's prompt cache served or
    took in, for five minutes or an hour; `reasoning` are those of `tokens_out` that were not shown.
    """

    tokens_in: int
    tokens_out: int
    cached_in: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0


class Weights(msgspec.Struct, frozen=True):
    """What the operator gives for time and truth, in nano-dollars: per second waited, per wrong answer served."""

    latency: float = 0.0
    error: float = 0.0
