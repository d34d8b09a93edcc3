"""What answering costs, in money and in the one unit that policies and multiplexers rank by.

money = tokens in x price in + tokens out x price out             (integer nano-dollars, rounded half-even once)
c     = money + w_t x latency + w_e x P(wrong)                    (float, nano-dollar equivalents; theory 2.1)
"""

from math import inf
from typing import Final

from pantler.core.prices import Price, PriceTier, Tokens, Weights

__all__ = ["Price", "PriceTier", "Tokens", "Weights", "at_most", "bearable", "cost", "halve_even", "money"]

PICO_PER_NANO: Final = 1000


def money(price: Price, tokens: Tokens) -> int:
    """Integer nano-dollars for one call, rounded half-even once."""
    at = price.at(tokens.tokens_in) if price.tiers else price
    pico = at.tokens_in * tokens.tokens_in + at.tokens_out * tokens.tokens_out
    if tokens.cached_in or tokens.cache_write or tokens.cache_write_1h or tokens.reasoning:
        pico += _special(at, tokens)
    return halve_even(pico, PICO_PER_NANO)


def _special(at: Price, tokens: Tokens) -> int:
    """Pico-dollars by which tokens that were cached or thought are dearer, or cheaper, than the plain ones."""
    cache_write = _or(at.cache_write, at.tokens_in)
    return (
        (_or(at.cached_in, at.tokens_in) - at.tokens_in) * tokens.cached_in
        + (cache_write - at.tokens_in) * tokens.cache_write
        + (_or(at.cache_write_1h, cache_write) - at.tokens_in) * tokens.cache_write_1h
        + (_or(at.reasoning, at.tokens_out) - at.tokens_out) * tokens.reasoning
    )


def at_most(price: Price, tokens_in: int, tokens_out: int) -> int:
    """Integer nano-dollars that no call of at most so many tokens exceeds, whichever of them the provider cached."""
    dearest = 0
    for at in (price, *(tier.price for tier in price.tiers if tier.above < tokens_in)):
        dearest_in = max(at.tokens_in, at.cached_in or 0, at.cache_write or 0, at.cache_write_1h or 0)
        dearest_out = max(at.tokens_out, at.reasoning or 0)
        dearest = max(dearest, dearest_in * tokens_in + dearest_out * tokens_out)
    return -(-dearest // PICO_PER_NANO)


def _or(price: int | None, plain: int) -> int:
    return plain if price is None else price


def halve_even(amount: int, unit: int) -> int:
    """`amount` in whole units, rounded half to even."""
    whole, rest = divmod(amount, unit)
    return whole + (2 * rest > unit or (2 * rest == unit and whole % 2 == 1))


def bearable(call_cost: float, wrong: float, weights: Weights) -> float:
    """The chance that a stored answer is no answer here from which on a call is expected to cost less.

    w_e (1 - (1 - p) (1 - wrong)) = call_cost, solved for p; `wrong` is the stored answer's own chance of being wrong.
    """
    if weights.error <= 0.0:
        return inf
    return (call_cost / weights.error - wrong) / (1.0 - wrong) if wrong < 1.0 else 0.0


def cost(paid: float, *, weights: Weights, latency_seconds: float = 0.0, wrong: float = 0.0) -> float:
    """Cost in nano-dollar equivalents: what was paid, the time waited, and the chance of a wrong answer."""
    return paid + weights.latency * latency_seconds + weights.error * wrong
