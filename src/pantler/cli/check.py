"""Name every mistake in a configuration file."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from pantler.build import configured, embedder_of
from pantler.config.prices import described, price_of
from pantler.config.reading import examined, in_order, is_said, not_yet_said
from pantler.config.tables import label
from pantler.config.values import Config, Model, Route
from pantler.config.weighing import has_goal
from pantler.config.writing import written
from pantler.core.errors import BadConfig, ConfigError, MissingExtra, Mistake
from pantler.gateway.doubted import doubted
from pantler.gateway.unbounded import unbounded
from pantler.misfits import misfits

if TYPE_CHECKING:
    from pantler.gateway.goals import Solved

Trial = tuple[str, tuple[str, ...], Callable[[], object]]  # a table, the keys by which a part of it is made, its maker
MADE_FROM = ("settings", "provider", "base_url", "key_env", "limits")


@click.command()
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--show", is_flag=True, help="Print the whole configuration that would hold, defaults too, as TOML.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
@click.pass_context
def command(context: click.Context, file: Path, show: bool, as_json: bool) -> None:
    """Say whether FILE can be used, and what is wrong with it where it cannot."""
    try:
        config = _faultless(file)
    except BadConfig as error:
        if not as_json:
            raise
        click.echo(json.dumps({"file": str(file), "mistakes": to_builtins(error.mistakes)}, indent=2))
        context.exit(2)
    goals, warnings = _goals(config), _warnings(config)
    told = [*(each.told() for each in goals), *warnings]
    if as_json:
        report = {"file": str(file), "mistakes": [], "models": [_priced(model) for model in _models(config)]}
        report |= {"goals": [asdict(each) for each in goals]} if goals else {}
        report |= {"warnings": warnings} if warnings else {}
        click.echo(json.dumps(report | ({"config": to_builtins(config)} if show else {}), indent=2))
    elif show:
        click.echo(written(config), nl=False)
        for line in told:
            click.echo(f"# {line}")
    else:
        _tell(file, config)
        for line in told:
            click.echo(f"  {line}")


def _faultless(file: Path) -> Config:
    """What the file says; BadConfig with every mistake, those too that show only where a part is made."""
    mistakes: list[Mistake] = []
    config = examined(file, mistakes)
    mistakes += not_yet_said(mistakes, misfits(config))
    mistakes += _unmade(config, mistakes)
    if mistakes:
        raise BadConfig(str(file), in_order(mistakes))
    return config


def _goals(config: Config) -> "list[Solved]":
    """What a wrong answer is worth where a route has a goal, by what the ledger holds."""
    if not any(has_goal(route.objective) for route in config.routes):
        return []
    from pantler.gateway.goals import solved  # which stands on NumPy

    return solved(config)


def _warnings(config: Config) -> list[str]:
    files = [f"{name}: its fitted file is {warning}" for name, warning in doubted(config).items()]
    return [*files, *unbounded(config)]


def _unmade(config: Config, mistakes: list[Mistake]) -> list[Mistake]:
    """What the parts themselves say to settings in which no mistake was found; none of them calls anybody."""
    from pantler.live.upstreams import upstream_of  # it takes longer to import than all else

    models = [(label("models", index, model), model) for index, model in enumerate(config.models)]
    routes = [(label("routes", index, route), route) for index, route in enumerate(config.routes)]
    tried: list[Trial] = [
        ("[gateway]", ("spans",), partial(_spans, config)),
        *((place, MADE_FROM, partial(upstream_of, model, os.environ)) for place, model in models),
        *((place, *each) for place, route in routes for each in _parts(route)),
    ]
    return [
        mistake
        for place, keys, make in tried
        if not any(is_said(mistakes, place, key) for key in keys) and (mistake := _said(place, keys[0], make))
    ]


def _spans(config: Config) -> None:
    """MissingExtra where spans are switched on and what makes them is not installed."""
    if not config.gateway.spans:
        return
    try:
        import_module("pantler.gateway.spans")
    except ImportError as error:
        raise MissingExtra("gateway.spans", "otel") from error


def _parts(route: Route) -> Iterator[tuple[tuple[str, ...], Callable[[], object]]]:
    """By the keys that tell of it, what makes each part of a route; ConfigError where it cannot be made."""
    choice, near, shadowed = route.multiplexer, route.semantic, route.shadowed
    yield _judged("multiplexer"), partial(configured, "judges", choice.judge, **choice.judge_settings)
    if shadowed is not None:
        from pantler.gateway.samples import judge_by

        yield _judged("shadowed"), partial(judge_by, shadowed)
    if near is None:
        return
    from pantler.gateway.likenesses import second_of

    yield _judged("semantic"), partial(configured, "judges", near.judge, **near.judge_settings)
    yield ("semantic.embedder",), partial(embedder_of, near.embedder)
    yield ("semantic.second_embedder", "semantic.second_path"), partial(second_of, near)


def _judged(table: str) -> tuple[str, ...]:
    return f"{table}.judge_settings", f"{table}.judge"


def _said(place: str, key: str, make: Callable[[], object]) -> Mistake | None:
    try:
        make()
    except (ConfigError, MissingExtra) as error:
        wrong, _, remedy = str(error).partition("; ")
        return Mistake(place, key, wrong, remedy)
    return None


def _models(config: Config) -> list[Model]:
    return [*config.models, *([config.any_model] if config.any_model else [])]


def _priced(model: Model) -> dict[str, Any]:
    price, source = price_of(model)
    return {"name": model.name, "pico_dollars_per_token": to_builtins(price), "source": source}


def _tell(file: Path, config: Config) -> None:
    counts = (("model", len(_models(config))), ("route", len(config.routes)), ("tenant", len(config.tenants)))
    said = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts)
    click.echo(f"{file} can be used: {said}")
    for model in _models(config):
        price, source = price_of(model)
        click.echo(f"  {model.name}: {described(price)} ({source})")
