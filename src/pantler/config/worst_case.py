"""What a request costs at most, which a budget reserves before anybody is asked."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from pantler.config.values import Model
from pantler.core.cost import Price, at_most

NONE: Final[Mapping[str, int]] = MappingProxyType({})


def worst_case(
    calls: Iterable[tuple[Model, Price | None]],
    tokens_in: int,
    tokens_out: int | None,
    choices: int = 1,
    overrun: Mapping[str, int] = NONE,
) -> int | None:
    """Nano-dollars that asking each of these models once does not exceed; one without a price, or free, adds nothing.

    `tokens_out` is the request's own limit over all its choices; where it sets none, each model's longest answer
    bounds it. Of models that wrote more than that, `overrun` has the most that one choice took. None where nothing
    does: such a request cannot be reserved for, and a client has to give a limit.
    """
    total = 0
    for model, price in calls:
        if price is None or not at_most(price, tokens_in, 1):
            continue
        own = most_out(model, tokens_out, choices, overrun)
        if own is None:
            return None
        total += at_most(price, min(tokens_in, model.max_tokens_in or tokens_in), own)
    return total


def most_out(model: Model, tokens_out: int | None, choices: int, overrun: Mapping[str, int]) -> int | None:
    """Tokens that an answer of all its choices does not exceed, None where nothing bounds it."""
    longest = most_tokens_out(model) if tokens_out is None else None
    own = tokens_out if longest is None else choices * longest
    return None if own is None else max(own, choices * overrun.get(model.name, 0))


def most_tokens_out(model: Model) -> int | None:
    """The longest answer of a model: what the configuration says, else as much as it can hold at all."""
    if model.max_tokens_out is not None or model.price is not None:
        return model.max_tokens_out
    from pantler.config import price_list  # already loaded, for the model's price is from there

    return price_list.most_tokens(model)
