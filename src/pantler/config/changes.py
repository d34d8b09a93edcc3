"""What a changed configuration changes, so that a running gateway knows what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pantler.config.prices import price_of
from pantler.config.values import Config, Model

# What is bound, opened or sized once, at the start.
AT_START = {
    "gateway": ("listen", "admin_listen", "admin_key_env", "pepper_env", "workers"),
    "cache": ("policy", "capacity", "path", "durability"),
}
# By which a model's stored answers are another's from now on, unless `revision` already sets them apart.
SAME_ANSWERS = ("provider", "base_url", "upstream_model", "settings")


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of what differs; `at_restart` are settings that hold from the next start only.

    Stored answers of `stale_models` are to be purged. `is_repriced` says that prices or weights moved, by which the
    cache then ranks anew.
    """

    models: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    at_restart: tuple[str, ...] = ()
    stale_models: tuple[str, ...] = ()
    is_repriced: bool = False

    def __bool__(self) -> bool:
        return self != Changes()


def changes(old: Config, new: Config) -> Changes:
    """What the new configuration changes; models, routes and tenants that came or went are named too."""
    models = _differing(_models(old), _models(new))
    routes = _differing({each.name: each for each in old.routes}, {each.name: each for each in new.routes})
    tenants = _differing({each.name: each for each in old.tenants}, {each.name: each for each in new.tenants})
    return Changes(
        models=models,
        routes=routes,
        tenants=tenants,
        at_restart=_at_restart(old, new),
        stale_models=tuple(name for name in models if _is_stale(_models(old).get(name), _models(new).get(name))),
        is_repriced=bool(routes) or any(_price(old, name) != _price(new, name) for name in models),
    )


def _models(config: Config) -> dict[str, Model]:
    every = [*config.models, *([config.any_model] if config.any_model else [])]
    return {model.name: model for model in every}


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))


def _at_restart(old: Config, new: Config) -> tuple[str, ...]:
    return tuple(
        f"[{table}], {key}"
        for table, keys in AT_START.items()
        for key in keys
        if getattr(getattr(old, table), key) != getattr(getattr(new, table), key)
    )


def _is_stale(old: Model | None, new: Model | None) -> bool:
    if old is None or new is None or old.revision != new.revision:
        return False
    return any(getattr(old, key) != getattr(new, key) for key in SAME_ANSWERS)


def _price(config: Config, name: str) -> object:
    model = _models(config).get(name)
    return None if model is None else price_of(model)[0]
