"""Prices that an option names, model by model."""

from collections.abc import Sequence

from pantler.config.prices import given_price, price_of
from pantler.config.values import Model, Prices
from pantler.core.cost import Price
from pantler.core.errors import ConfigError

PICO = 1e12


def prices_of(given: Sequence[str]) -> dict[str, tuple[float, float]]:
    """US dollars per token in and out of each MODEL=IN,OUT or MODEL=SELLER/NAME; ConfigError for what is neither."""
    found = {}
    for one in given:
        model, equals, said = one.rpartition("=")
        if not equals or not model or not said:
            raise ConfigError(
                f"--price {one} is no price; write MODEL=IN,OUT in US dollars per million tokens, or MODEL=SELLER/NAME"
            )
        price = _price(model, said)
        found[model] = (price.tokens_in / PICO, price.tokens_out / PICO)
    return found


def _price(model: str, said: str) -> Price:
    into, comma, out = said.partition(",")
    if comma:
        return given_price(Prices(into, out))
    price, source = price_of(Model(model, price_as=said))
    if price is None:
        raise ConfigError(
            f"--price {model}={said}: {source}; name the seller too, as in openai/gpt-5-mini, or give {model}=IN,OUT"
        )
    return price
