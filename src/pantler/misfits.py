"""Settings of a configuration that do not fit the parts which they are for."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from msgspec.inspect import CustomType, UnionType, type_info

from pantler.build import PLAIN, fitted_embedder, part
from pantler.config.parts import exists, names
from pantler.config.reading import examined, in_order, not_yet_said
from pantler.config.tables import label, refusal
from pantler.config.values import Config, Route
from pantler.config.weighing import use_of
from pantler.core.errors import BadConfig, ConfigError, MissingExtra, Mistake, meant


def fitting(file: Path) -> Config:
    """The configuration in `file`, whose parts have every setting that it gives them.

    Raises BadConfig with every mistake.
    """
    mistakes: list[Mistake] = []
    config = examined(file, mistakes)
    mistakes += not_yet_said(mistakes, misfits(config))
    if mistakes:
        raise BadConfig(str(file), in_order(mistakes))
    return config


def misfits(config: Config) -> list[Mistake]:
    """Settings of a configuration that the parts which they are for do not have, or not so.

    Raises MissingExtra where a part cannot be asked, as its packages are not installed.
    """
    found: list[Mistake] = []
    models = [(label("models", index, model), model) for index, model in enumerate(config.models)]
    for place, model in [*models, *([("[any_model]", config.any_model)] if config.any_model else [])]:
        found += _misfit(place, "settings", _needed("providers", model.provider), model.settings)
    for index, route in enumerate(config.routes):
        found += _unroutable(label("routes", index, route), route)
        tables = (("multiplexer", route.multiplexer), ("semantic", route.semantic), ("shadowed", route.shadowed))
        for table, choice in tables:
            if choice is not None and choice.judge_settings:
                judge = _needed("judges", choice.judge)
                found += _misfit(label("routes", index, route), f"{table}.judge_settings", judge, choice.judge_settings)
    return found


def _unroutable(table: str, route: Route) -> list[Mistake]:
    """Whether the multiplexer that a route names can choose for one, and with what it is given."""
    use = use_of(route)
    if use in PLAIN or not exists("multiplexers", use):
        return _unfitted(table, route)
    kind = part("multiplexers", use)
    if not hasattr(kind, "for_route"):
        remedy = f"name one of {', '.join(_routable())}"
        return [Mistake(table, "multiplexer.use", f"{use!r} cannot choose for a route", remedy)]
    return _unfitted(table, route)


def _unfitted(table: str, route: Route) -> list[Mistake]:
    """Whether the fitted file of a route knows its models, and of their answers what the judge goes by."""
    choice = route.multiplexer
    if not choice.fitted or (use_of(route) != "learned" and choice.judge != "signs"):
        return []
    from pantler.certified import uncertified
    from pantler.fitted import read_fitted

    try:
        found = read_fitted(Path(choice.fitted), [model for model in route.models if model not in choice.newcomers])
        fitted_embedder(choice.fitted, found.embedder)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        return [Mistake(table, "multiplexer.fitted", wrong, remedy)]
    if choice.judge == "signs" and found.signs is None:
        remedy = "fit it to outcomes with a column answer, checked or logprob"
        return [Mistake(table, "multiplexer.judge", f"{choice.fitted} tells nothing of answers", remedy)]
    return [Mistake(table, "objective.guarantee", *why) for why in uncertified(route)]


def _routable() -> list[str]:
    """The multiplexers that a route may name."""
    able = [name for name in names("multiplexers") if hasattr(part("multiplexers", name), "for_route")]
    return sorted({*PLAIN, *able})


def _needed(kind: str, name: str) -> Callable[..., Any] | None:
    """A part of the gateway, None for one that does not exist; MissingExtra where its packages are not installed."""
    if not exists(kind, name):
        return None
    try:
        return part(kind, name)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{kind} {name!r}", "gateway") from error


def _misfit(table: str, above: str, kind: Callable[..., Any] | None, settings: Mapping[str, Any]) -> list[Mistake]:
    """By the parameters after the first `*`, which are the operator's to set but for those that are code."""
    if kind is None:
        return []
    parameters = [each for each in signature(kind).parameters.values() if "Callable" not in str(each.annotation)]
    known = {each.name: each.default is each.empty for each in parameters if each.kind is each.KEYWORD_ONLY}
    unknown = [name for name in settings if name not in known]
    missing = [name for name, is_required in known.items() if is_required and name not in settings]
    shapes = {each.name: each.annotation for each in parameters if each.name in known and _is_plain(each.annotation)}
    return [
        *(Mistake(table, f"{above}.{name}", "there is no such setting", meant(name, known)) for name in unknown),
        *(Mistake(table, f"{above}.{name}", "it is missing", "see the reference page of the part") for name in missing),
        *(
            Mistake(table, f"{above}.{name}", *refused)
            for name, shape in shapes.items()
            if name in settings and (refused := refusal(shape, settings[name]))
        ),
    ]


def _is_plain(annotation: Any) -> bool:
    """Whether it tells what TOML may give for it, as what a third party writes need not."""
    if annotation is Parameter.empty or isinstance(annotation, str):
        return False
    kind = type_info(annotation)
    return not any(isinstance(each, CustomType) for each in (kind.types if isinstance(kind, UnionType) else (kind,)))
