"""Every mistake that a configuration has in its meaning, each with its table, key and remedy."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from pantler.config.checks.cache import check_cache
from pantler.config.checks.gateway import check_gateway
from pantler.config.checks.models import check_model
from pantler.config.checks.routes import check_route
from pantler.config.checks.tenants import check_tenant
from pantler.config.prices import price_of
from pantler.config.tables import label, placed
from pantler.config.values import Config, Model, Route, Tenant
from pantler.config.weighing import fallbacks_of
from pantler.core.errors import ConfigError, Mistake

Entry = TypeVar("Entry", Model, Route, Tenant)


def checked(config: Config, environment: Mapping[str, str]) -> list[Mistake]:
    """The mistakes; none where the gateway can start with it in this environment."""
    mistakes: list[Mistake] = []
    check_gateway(config, environment, placed("[gateway]", mistakes))
    check_cache(config.cache, placed("[cache]", mistakes))
    if not config.models and config.any_model is None:
        mistakes.append(Mistake("[[models]]", "", "there is none to ask", "write one with its provider and price"))
    for place, model in _placed("models", config.models):
        check_model(model, environment, placed(place, mistakes))
    if config.any_model is not None:
        check_model(config.any_model, environment, placed("[any_model]", mistakes))
    unpriced = _unpriced(config)
    models = {model.name for model in config.models if model.name}
    for place, route in _placed("routes", config.routes):
        check_route(route, models, unpriced, placed(place, mistakes))
    for place, tenant in _placed("tenants", config.tenants):
        check_tenant(tenant, _models_of(config), unpriced, placed(place, mistakes))
    mistakes += _twice(config)
    return mistakes


def _placed(table: str, entries: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    for index, entry in enumerate(entries):
        yield label(table, index, entry), entry


def _unpriced(config: Config) -> dict[str, str]:
    """The models without a price, with the reason; those whose price is wrong are no part of it."""
    found = {}
    for model in (*config.models, *([config.any_model] if config.any_model else [])):
        try:
            price, source = price_of(model)
        except ConfigError:
            continue
        if price is None:
            found[model.name] = source
    return found


def _models_of(config: Config) -> dict[str, Collection[str]]:
    """What a client may name, with the models that may be asked for it."""
    found: dict[str, Collection[str]] = {model.name: (model.name,) for model in config.models if model.name}
    if config.any_model is not None:
        found[config.any_model.name] = (config.any_model.name,)
    return found | {route.name: (*route.models, *fallbacks_of(route)) for route in config.routes if route.name}


def _twice(config: Config) -> Iterator[Mistake]:
    """Names and digests that stand for two things."""
    tables: tuple[tuple[str, Sequence[Model | Route | Tenant]], ...] = (
        ("models", config.models),
        ("routes", config.routes),
        ("tenants", config.tenants),
    )
    for table, entries in tables:
        first: dict[str, int] = {}
        for index, entry in enumerate(entries):
            if entry.name and first.setdefault(entry.name, index) != index:
                wrong = f"number {index + 1} has the name of number {first[entry.name] + 1}"
                yield Mistake(label(table, index, entry), "name", wrong, "give each its own name")
    models = {model.name for model in config.models}
    for place, route in _placed("routes", config.routes):
        if route.name in models:
            yield Mistake(place, "name", "a model has the same name", "clients use both as `model`: rename one")
    holders: dict[str, str] = {}
    for place, tenant in _placed("tenants", config.tenants):
        for index, key in enumerate(tenant.keys):
            holder = f"{place}, keys[{index}]"
            if key.digest and holders.setdefault(key.digest, holder) != holder:
                yield Mistake(
                    place, f"keys[{index}].digest", f"it is also that of {holders[key.digest]}", "make a key for each"
                )
