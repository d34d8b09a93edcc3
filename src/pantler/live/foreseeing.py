"""What a call will charge, by its price and by the tokens that it is likely to take, before any call was seen.

    charge = money(price, tokens in, tokens out)

Tokens in are those that so many bytes of the request are about; tokens out a prior for each choice, or the request's
own limit where that is less. What is free ranks as if a token were a nano-dollar, as the calls of it will.
"""

from functools import partial

import msgspec

from pantler.core.cost import Tokens, money
from pantler.core.types import Foresee
from pantler.core.usage import TOKENS_OUT, asked_tier, tokens_of_bytes
from pantler.live.errands import Errand
from pantler.live.reckoning import Tariff


def foreseeing(errand: Errand, price_of: Tariff) -> Foresee:
    """What tells the charge of each model for what an errand asks."""
    return partial(_charge, errand, price_of)


def likely_tokens(errand: Errand) -> Tokens:
    """About how many tokens a call for an errand reads and writes."""
    sent = errand.ask.sent or msgspec.json.encode(errand.ask.body)
    tokens_out = 0 if errand.ask.operation == "embedding" else TOKENS_OUT * errand.choices
    if errand.most_out is not None:
        tokens_out = min(tokens_out, errand.most_out)
    return Tokens(tokens_of_bytes(len(sent)), tokens_out)


def _charge(errand: Errand, price_of: Tariff, model: str) -> float | None:
    named = errand.ask.model if errand.passes_on else model
    price, _ = price_of(named, asked_tier(errand.ask.body))
    if price is None:
        return None
    tokens = likely_tokens(errand)
    return float(money(price, tokens) or tokens.tokens_in + tokens.tokens_out)
