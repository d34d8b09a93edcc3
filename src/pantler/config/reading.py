"""From a TOML file to a configuration, or to every mistake in it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pantler.config.checking import checked
from pantler.config.tables import entries, label, placed, read_table
from pantler.config.toml_text import tables_of, text_of
from pantler.config.values import Cache, Config, Feedback, Gateway, Model, Route, Tenant
from pantler.core.errors import BadConfig, Mistake, meant

TABLES: dict[str, type[Gateway | Cache | Feedback | Model]] = {
    "gateway": Gateway,
    "cache": Cache,
    "feedback": Feedback,
    "any_model": Model,
}
ARRAYS: dict[str, type[Model | Route | Tenant]] = {"models": Model, "routes": Route, "tenants": Tenant}

ELSEWHERE = {  # what is no table of its own, though there is a part of that kind
    "multiplexer": "each route has its own: write [routes.multiplexer] below its [[routes]]",
    "estimator": "[routes.multiplexer] says what a route learns by, and cache.policy how kept answers are ranked",
    "store": "give [cache] its path and durability",
    "embedder": "name it where it is used: in [routes.semantic] or [routes.multiplexer], as embedder",
}


def read(path: str | Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in a file, paths in it taken from where the file is.

    Raises BadConfig with every mistake that is found; secrets named in it are looked for in `environment`, that of the
    process where None.
    """
    file = Path(path)
    return parsed(text_of(file), file, environment)


def read_unchecked(path: str | Path) -> Config:
    """What a file says that may still have mistakes in its meaning, such as a tenant that is to be given its first key.

    Raises BadConfig for what cannot be read at all.
    """
    file = Path(path)
    mistakes: list[Mistake] = []
    config = _shaped(text_of(file), file, mistakes)
    if mistakes:
        raise BadConfig(str(file), mistakes)
    return config


def parsed(text: str, file: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in a text that was, or might be, in `file`."""
    mistakes: list[Mistake] = []
    config = _looked_at(text, file, environment, mistakes)
    if mistakes:
        raise BadConfig(str(file), in_order(mistakes))
    return config


def examined(path: str | Path, mistakes: list[Mistake]) -> Config:
    """What a file says, defaults in place of what is wrong, which is added to `mistakes`.

    Raises BadConfig for what cannot be read at all.
    """
    file = Path(path)
    return _looked_at(text_of(file), file, None, mistakes)


def _looked_at(text: str, file: Path, environment: Mapping[str, str] | None, mistakes: list[Mistake]) -> Config:
    config = _shaped(text, file, mistakes)
    mistakes += not_yet_said(mistakes, checked(config, os.environ if environment is None else environment))
    return config


def _shaped(text: str, file: Path, mistakes: list[Mistake]) -> Config:
    return _at(file.absolute().parent, _tables(tables_of(text, file), mistakes))


def not_yet_said(said: list[Mistake], further: list[Mistake]) -> list[Mistake]:
    """Those of other keys: what is wrong with the default that stands in for a mistake is no mistake of its own."""
    return [each for each in further if not is_said(said, each.table, each.key)]


def is_said(said: list[Mistake], table: str, key: str) -> bool:
    """Whether anything is wrong with a key, or with what it is in or holds."""
    return any(table == other.table and _same_or_inside(key, other.key) for other in said)


def _same_or_inside(key: str, other: str) -> bool:
    return key == other or key.startswith(f"{other}.") or other.startswith(f"{key}.")


def in_order(mistakes: list[Mistake]) -> list[Mistake]:
    """Table by table."""
    tables = list(dict.fromkeys(mistake.table for mistake in mistakes))
    return sorted(mistakes, key=lambda mistake: tables.index(mistake.table))


def _tables(given: dict[str, Any], mistakes: list[Mistake]) -> Config:
    mistakes += [
        Mistake(f"[{name}]", "", "there is no such table", ELSEWHERE.get(name) or meant(name, [*TABLES, *ARRAYS]))
        for name in given
        if name not in TABLES and name not in ARRAYS
    ]
    values: dict[str, Any] = {}
    for name, kind in TABLES.items():
        if name in given:
            values[name] = read_table(kind, given[name], placed(f"[{name}]", mistakes))
    for name, entry in ARRAYS.items():
        values[name] = tuple(
            read_table(entry, each, placed(label(name, index, each), mistakes))
            for index, each in entries(given.get(name, []), name, placed(f"[[{name}]]", mistakes))
        )
    return Config(**values)


def _at(folder: Path, config: Config) -> Config:
    """The configuration with its paths made absolute."""
    cache = replace(config.cache, path=_absolute(folder, config.cache.path))
    models = tuple(_model_at(folder, model) for model in config.models)
    return replace(
        config, cache=cache, models=models, routes=tuple(_route_at(folder, route) for route in config.routes)
    )


def _route_at(folder: Path, route: Route) -> Route:
    choice = route.multiplexer
    return replace(route, multiplexer=replace(choice, fitted=_absolute(folder, choice.fitted)))


def _model_at(folder: Path, model: Model) -> Model:
    settings = {
        key: _absolute(folder, value) if isinstance(value, str) and _names_a_path(key) else value
        for key, value in model.settings.items()
    }
    return replace(model, settings=settings)


def _names_a_path(key: str) -> bool:
    return key in {"path", "weights"} or key.endswith("_path")


def _absolute(folder: Path, path: str) -> str:
    return str(folder / path) if path else ""
