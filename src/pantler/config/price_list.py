"""Prices out of the package `genai-prices`, where they can be said exactly in tokens.

A model is looked up where it is asked, by the address of its upstream, since a name alone says nothing of who sells it;
`price_as`, such as "openai/gpt-5-mini", says it by name.
"""

from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from msgspec import convert
from msgspec.structs import replace

from pantler.config.prices import pico_dollars
from pantler.config.values import Model
from pantler.core.cost import Price, PriceTier
from pantler.core.errors import ConfigError

PACKAGE = "genai-prices"
FIELDS = {
    "input_mtok": "tokens_in",
    "output_mtok": "tokens_out",
    "cache_read_mtok": "cached_in",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
}
FEES = {"code_executions_kcount", "social_searches_kcount", "storage_searches_kcount", "web_searches_kcount"}


class _Unsayable(Exception):
    """Why a listed price is none in tokens."""


def price_of(model: Model, service_tier: str = "", now: datetime | None = None) -> tuple[Price | None, str]:
    """The price that the list has now for the model, and its source; None with the reason where it has none."""
    if find_spec("genai_prices") is None:
        return None, f"no price given, and {PACKAGE} is not installed"
    try:
        seller, listed = _found(model)
    except LookupError:
        return None, f"{_source()} does not know {_wanted(model)}"
    source = f"{_source()}: {seller.id}/{listed.id}"
    try:
        return _price(listed.id, _prices(listed, service_tier, now or datetime.now(UTC))), source
    except _Unsayable as reason:
        return None, f"{source} {reason}"


def most_tokens(model: Model) -> int | None:
    """The most tokens that the model reads, as the list has it."""
    try:
        return _found(model)[1].context_window  # type: ignore[no-any-return]
    except LookupError:
        return None


def _source() -> str:
    from genai_prices import __version__

    return f"{PACKAGE} {__version__}"


def _found(model: Model) -> tuple[Any, Any]:
    """The seller and the listed model, which are the list's own types."""
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    if model.price_as:
        seller, slash, name = model.price_as.partition("/")
        if slash:
            return snapshot.find_provider_model(name, None, seller, None)
        return snapshot.find_provider_model(model.price_as, None, None, None)
    name = model.upstream_model or model.name
    if model.provider == "litellm":
        return snapshot.find_provider_model(name, None, "litellm", None)
    if not model.base_url:
        raise LookupError
    return snapshot.find_provider_model(name, None, None, model.base_url)


def _wanted(model: Model) -> str:
    """What was looked for; an address may hold a password, so that it is not shown."""
    if model.price_as:
        return repr(model.price_as)
    return f"{model.upstream_model or model.name!r} " + ("at its base_url" if model.base_url else "without a base_url")


def _prices(listed: Any, service_tier: str, now: datetime) -> dict[str, Any]:
    """What is charged for each unit at this time."""
    from genai_prices.types import TimeOfDateConstraint

    offers = listed.prices if isinstance(listed.prices, list) else []
    if any(isinstance(offer.constraint, TimeOfDateConstraint) for offer in offers):
        raise _Unsayable("is priced by the time of day; give its price in the configuration")
    if not service_tier:
        return _charged(listed.get_prices(now))
    context = {"service_tier": service_tier}
    if not any(variant.when == context for variant in listed.price_variants or ()):
        raise _Unsayable(f"has no price for service tier {service_tier!r}")
    return _charged(listed.get_prices(now, context))


def _charged(prices: Any) -> dict[str, Any]:
    return {unit: price for unit, price in vars(prices).items() if price is not None}


def _price(name: str, charged: dict[str, Any]) -> Price:
    """The price in tokens; fees of tools that a request may ask for stand apart from it."""
    tokens = {FIELDS[unit]: price for unit, price in charged.items() if unit in FIELDS}
    others = sorted(unit for unit in charged if unit not in FIELDS and unit not in FEES)
    if others:
        raise _Unsayable(f"is charged by {', '.join(others)} too; give its price in the configuration")
    if "embed" in name.lower():
        tokens.setdefault("tokens_out", Decimal(0))  # vectors are not counted in tokens
    missing = {"tokens_in", "tokens_out"} - tokens.keys()
    if missing:
        raise _Unsayable(f"has no price for {' or '.join(sorted(missing))}; give its price in the configuration")
    starts = sorted({tier.start for price in tokens.values() for tier in getattr(price, "tiers", ())})
    try:
        tiers = tuple(PriceTier(start, _level(tokens, start)) for start in starts)
        return replace(_level(tokens, None), tiers=tiers)
    except ConfigError as error:
        raise _Unsayable(f"has a price that cannot be used: {error}") from error


def _level(tokens: dict[str, Any], start: int | None) -> Price:
    """The price of requests that read more than `start` tokens, or few."""
    return convert({field: pico_dollars(_at(price, start)) for field, price in tokens.items()}, Price)


def _at(price: Any, start: int | None) -> Decimal:
    if isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if start is not None and tier.start <= start]
    found: Decimal = reached[-1] if reached else price.base
    return found
