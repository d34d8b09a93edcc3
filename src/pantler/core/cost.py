"""What answering costs, in money and in the one unit that policies and multiplexers rank by.

money = tokens in x price in + tokens out x price out             (integer nano-dollars, rounded half-even once)
c     = money + w_t x latency + w_e x P(wrong)                    (float, nano-dollar equivalents; theory 2.1)
"""

import msgspec

from pantler.core.errors import ConfigError

PICO_PER_NANO = 1000


class Price(msgspec.Struct, frozen=True):
    """Integer pico-dollars per token; `cached_in` for tokens that the provider's own prompt cache served.

    One US dollar per million tokens is 1,000,000 pico-dollars per token.
    """

    tokens_in: int
    tokens_out: int
    cached_in: int | None = None

    def __post_init__(self) -> None:
        if min(self.tokens_in, self.tokens_out, self.cached_in or 0) < 0:
            raise ConfigError(f"a price cannot be negative: {self}; give pico-dollars per token, 0 for free")


class Tokens(msgspec.Struct, frozen=True, gc=False):
    """How many tokens a call read and wrote; `cached_in` are those of `tokens_in` that the provider had cached."""

    tokens_in: int
    tokens_out: int
    cached_in: int = 0


class Weights(msgspec.Struct, frozen=True):
    """What the operator gives for time and truth, in nano-dollars: per second waited, per wrong answer served."""

    latency: float = 0.0
    error: float = 0.0


def money(price: Price, tokens: Tokens) -> int:
    """Integer nano-dollars for one call, rounded half-even once."""
    cached_price = price.tokens_in if price.cached_in is None else price.cached_in
    pico = (
        price.tokens_in * (tokens.tokens_in - tokens.cached_in)
        + cached_price * tokens.cached_in
        + price.tokens_out * tokens.tokens_out
    )
    return halve_even(pico, PICO_PER_NANO)


def halve_even(amount: int, unit: int) -> int:
    """`amount` in whole units, rounded half to even."""
    whole, rest = divmod(amount, unit)
    return whole + (2 * rest > unit or (2 * rest == unit and whole % 2 == 1))


def cost(paid: float, *, latency_seconds: float = 0.0, wrong: float = 0.0, weights: Weights) -> float:
    """Cost in nano-dollar equivalents: what was paid, the time waited, and the chance of a wrong answer."""
    return paid + weights.latency * latency_seconds + weights.error * wrong
