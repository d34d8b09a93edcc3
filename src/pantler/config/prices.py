"""What a model's tokens cost: as the configuration says, else as the price list `genai-prices` says, else unknown.

US dollars per million tokens become integer pico-dollars per token exactly; what cannot be said exactly is no price.
"""

from decimal import Decimal, InvalidOperation

from msgspec import convert
from msgspec.structs import asdict

from pantler.config.values import MOST, Model, Prices
from pantler.core.cost import Price
from pantler.core.errors import ConfigError

PICO_PER_MTOK_DOLLAR = 1_000_000
NANO_PER_DOLLAR = 1_000_000_000
MOST_PER_MTOK = 1_000_000  # a dollar a token: nano-dollars of two billion tokens fit into the 63 bits that SQLite has
FREE = Price(0, 0)
KINDS = {
    "tokens_in": "in",
    "tokens_out": "out",
    "cached_in": "cached",
    "cache_write": "cache write",
    "cache_write_1h": "cache write for an hour",
    "reasoning": "reasoning",
}
STANDARD_TIERS = ("", "auto", "default")  # an upstream's names for what everybody pays

Number = str | float | int


def price_of(model: Model, service_tier: str = "") -> tuple[Price | None, str]:
    """The model's price, and where it is from; None with the reason where there is none.

    `service_tier` is the upstream's own, for which the price list may have another price; one that the configuration
    gives holds for all. Raises ConfigError for a price in the configuration that is no number.
    """
    match model.price:
        case "free":
            return FREE, "config: free"
        case "unpriced":
            return None, "config: unpriced"
        case Prices() as given:
            return given_price(given), "config"
        case None:
            from pantler.config import price_list  # seconds and megabytes, only for those who need it

            return price_list.price_of(model, "" if service_tier in STANDARD_TIERS else service_tier)


def given_price(given: Prices) -> Price:
    """The price that the configuration names."""
    numbers = asdict(given)
    numbers["tokens_in"], numbers["tokens_out"] = numbers.pop("input"), numbers.pop("out")
    return convert({field: pico_dollars(number) for field, number in numbers.items() if number is not None}, Price)


def described(price: Price | None) -> str:
    """The price in words, for whoever reads a terminal."""
    if price is None:
        return "unpriced: tokens are counted, money is not"
    longer = [f"; above {tier.above} tokens in: {_each(tier.price)}" for tier in price.tiers]
    return f"USD per 1M tokens: {_each(price)}{''.join(longer)}"


def _each(price: Price) -> str:
    given = [(getattr(price, field), kind) for field, kind in KINDS.items()]
    return ", ".join([f"{_dollars(pico)} {kind}" for pico, kind in given if pico is not None])


def _dollars(pico: int) -> str:
    exact = f"{Decimal(pico) / PICO_PER_MTOK_DOLLAR:f}"
    return exact.rstrip("0").rstrip(".") if "." in exact else exact


def pico_dollars(dollars_per_mtok: Number | Decimal) -> int:
    """Integer pico-dollars per token; ConfigError for what is none."""
    _check_most(dollars_per_mtok, MOST_PER_MTOK, "US dollars per million tokens")
    return _whole(dollars_per_mtok, PICO_PER_MTOK_DOLLAR, "0.000001 US dollars per million tokens")


def nano_dollars(dollars: Number | Decimal) -> int:
    """Integer nano-dollars; ConfigError for what is none."""
    _check_most(dollars, MOST, "US dollars")
    return _whole(dollars, NANO_PER_DOLLAR, "0.000000001 US dollars")


def _check_most(number: Number | Decimal, most: int, unit: str) -> None:
    """What is no number at all is told by `_whole`."""
    try:
        amount = number if isinstance(number, int) else Decimal(str(number))
    except InvalidOperation:
        return
    if (isinstance(amount, int) or amount.is_finite()) and amount > most:
        raise ConfigError(f"it is more than a ledger can hold the sums of; give at most {most:,} {unit}")


def _whole(number: Number | Decimal, unit: int, least: str) -> int:
    try:
        scaled = Decimal(str(number)) * unit
    except InvalidOperation:
        raise ConfigError(f'{number!r} is no number; write US dollars such as 0.15 or "0.15"') from None
    if not scaled.is_finite() or scaled < 0:
        raise ConfigError(f"{str(number)!r} is no amount of money; give 0 or more US dollars")
    if scaled != scaled.to_integral_value():
        raise ConfigError(f"{str(number)!r} is finer than can be counted exactly; give a multiple of {least}")
    return int(scaled)
