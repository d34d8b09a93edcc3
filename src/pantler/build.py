"""From a name in a setting to the part that bears it: the only dynamic import."""

import importlib
from collections.abc import Callable
from functools import cache
from inspect import isclass
from pathlib import Path
from typing import Any

from pantler.config.parts import names, offered, own_names
from pantler.config.values import Config, Route
from pantler.config.weighing import use_of, weights_of
from pantler.core.briefs import Brief
from pantler.core.edges import Embedder
from pantler.core.errors import ConfigError, MissingExtra, UnknownPart
from pantler.core.queueing import Queueing
from pantler.core.ranking import Ranking
from pantler.core.seams import Discipline, Multiplexer, Policy, Routable, Score

__all__ = [
    "configured",
    "embedder_of",
    "fitted_embedder",
    "multiplexer",
    "names",
    "part",
    "policy",
    "text_embedder",
]

PLAIN = ("single", "cascade")  # which leave nothing to choose
OF_TEXTS = ("wordllama", "hashing")  # which may make vectors of a route's texts, the better first
EVEN = 0.5  # what an error is reckoned at before anything is seen


def part(kind: str, name: str) -> Callable[..., Any]:
    """The class of the part called `name`; its file is imported only now, a third party's where we have no such file.

    Raises UnknownPart with the nearest known name.
    """
    given: object = name  # which the caller may have from anywhere
    if not isinstance(given, str) or name not in own_names(kind):
        for point in offered(kind).select(name=name):
            return point.load()  # type: ignore[no-any-return]
        raise UnknownPart(kind[:-3] + "y" if kind.endswith("ies") else kind[:-1], name, names(kind))
    module = importlib.import_module(f"pantler.{kind}.{name}")
    own = [value for value in vars(module).values() if isclass(value) and value.__module__ == module.__name__]
    public = [value for value in own if not value.__name__.startswith("_")]
    return public[-1]


def policy(name: str, *, hashed: Callable[[Any], int] = hash, **parameters: Any) -> Policy:
    """The policy called `name`, ready to rank; `hashed` gives a key's 64-bit digest, the key itself in the engine.

    Raises UnknownPart for an unknown name, ConfigError for parameters that the policy does not have.
    """
    kind = part("policies", name)
    if hasattr(kind, "candidates"):
        scores = [configured("policies", candidate, **settings) for candidate, settings in kind.candidates]
        return configured("policies", name, scores=scores, hashed=hashed, **parameters)  # type: ignore[no-any-return]
    made = configured("policies", name, **parameters)
    if hasattr(made, "ranking"):
        return made.ranking()  # type: ignore[no-any-return]
    if isinstance(made, Discipline):
        return Queueing(made, hashed=hashed)
    return Ranking(made, hashed=hashed) if isinstance(made, Score) else made


def multiplexer(config: Config) -> Multiplexer:
    """What chooses for every route of a configuration, and for every model that is asked by its own name."""
    routes = [*(Route(model.name, (model.name,)) for model in config.models), *config.routes]
    others = None if config.any_model is None else _chooser(Route(config.any_model.name, (config.any_model.name,)))
    by_route: Multiplexer = part("multiplexers", "by_route")({route.name: _chooser(route) for route in routes}, others)
    return by_route


@cache  # a table of words need not be read again at a reload
def embedder_of(name: str, path: str = "") -> Embedder:
    """The embedder called `name`, which is asked for nothing, to find out whether it can be; ConfigError where not."""
    embedder: Embedder = configured("embedders", name, **({"path": path} if path else {}))
    try:
        embedder.embed([])
    except MissingExtra as error:
        raise ConfigError(str(error)) from error
    return embedder


def text_embedder(named: str) -> tuple[str, str]:
    """The embedder that a setting names, else the best that can be used; and what there is to say of that."""
    best, fallback = OF_TEXTS
    if named:
        return named, ""
    try:
        embedder_of(best)
    except ConfigError as error:
        return fallback, f"vectors are made by {fallback}, which knows spelling and no meaning: {error}"
    return best, ""


def fitted_embedder(file: str | Path, name: str) -> Embedder:
    """The embedder by whose vectors a file was fitted; ConfigError where it cannot be used."""
    try:
        return embedder_of(name)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        raise ConfigError(
            f"{file} needs its embedder ({wrong}); {remedy}, or fit again with --embedder hashing"
        ) from error


def _chooser(route: Route) -> Multiplexer:
    """What chooses for one route; tallies where it is not named, over the plans that the route allows."""
    use = use_of(route)
    kind: type[Routable] = part("multiplexers", "tabular" if use in PLAIN else use)  # type: ignore[assignment]  # `misfits` has looked
    made, weights = kind.for_route(_brief(route)), weights_of(route.objective)
    if route.objective.guarantee is not None:
        from pantler.certified import guaranteed

        return guaranteed(made, route)
    if not weights.error or not route.multiplexer.amortise or use not in (*PLAIN, "tabular"):
        return made
    from pantler.learning.lasting import Lasting

    return Lasting(made, weights)


def _brief(route: Route) -> Brief:
    from pantler.briefed import brief

    choice = route.multiplexer
    begins_blank = use_of(route) == "learned" and not choice.fitted
    return brief(route, dimensions=embedder_of(text_embedder(choice.embedder)[0]).dimensions if begins_blank else 0)


def configured(kind: str, name: str, **parameters: Any) -> Any:
    """The part called `name` with its parameters set; ConfigError where they do not fit."""
    try:
        return part(kind, name)(**parameters)
    except TypeError as error:
        given = ", ".join(parameters) or "no parameters"  # which compiled code does not name
        raise ConfigError(
            f"{kind} {name!r} with {given}: {error}; see the reference page of the part for its parameters"
        ) from error
