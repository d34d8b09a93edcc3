"""What a call will charge, by its price and by the tokens that it is likely to take, before any call was seen.

    charge = money(price, tokens in, tokens out)

Tokens in are those that so many bytes of the request are about; tokens out, for each choice, those of the route's mean
answer, a prior before there was one, or the request's own limit where that is less. What is free ranks as if a token
were a nano-dollar, as the calls of it will.
"""

from functools import partial

import msgspec

from pantler.core.cost import Price, Tokens, money
from pantler.core.rows import UNTOLD, Candidate
from pantler.core.types import Call, Foresee
from pantler.core.usage import TOKENS_OUT, asked_tier, tokens_of_bytes
from pantler.live.errands import Errand
from pantler.live.reckoning import Tariff


def foreseeing(errand: Errand, price_of: Tariff, written: float | None) -> Foresee:
    """What tells the charge of each model for what an errand asks; `written` are the tokens of its route's answers."""
    return partial(_charge, errand, price_of, written)


def charge_of(price: Price | None, tokens: Tokens) -> float | None:
    """What so many tokens will be charged with; None without a price."""
    return None if price is None else float(money(price, tokens) or tokens.tokens_in + tokens.tokens_out)


def untold(call: Call, foresee: Foresee) -> tuple[Candidate, ...]:
    """The plan of a multiplexer that does not tell what it weighs: by price and tokens, where it asks one model."""
    models = call.plan.models
    return (Candidate(models, foresee(models[0]) if len(models) == 1 else None, None, UNTOLD, call.propensity),)


def likely_tokens(errand: Errand, written: float | None) -> Tokens:
    """About how many tokens a call for an errand reads and writes."""
    sent = errand.ask.sent or msgspec.json.encode(errand.ask.body)
    each = TOKENS_OUT if written is None else written
    tokens_out = 0 if errand.wants_vectors else round(each * errand.choices)
    if errand.most_out is not None:
        tokens_out = min(tokens_out, errand.most_out)
    return Tokens(tokens_of_bytes(len(sent)), tokens_out)


def _charge(errand: Errand, price_of: Tariff, written: float | None, model: str) -> float | None:
    price, _ = price_of(model, asked_tier(errand.ask.body))
    return None if price is None else charge_of(price, likely_tokens(errand, written))
