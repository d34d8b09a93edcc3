"""Serve OpenAI's API, each request from what is kept or by the model that costs least."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import click
from msgspec.structs import replace

from pantler.config.checking import checked
from pantler.config.checks.gateway import ONE_PROCESS
from pantler.config.values import Config, Model, Prices
from pantler.core.errors import BadConfig, ConfigError, MissingExtra, Mistake
from pantler.misfits import fitting

PASSED_ON = "[any_model]"  # where what --upstream names stands in a configuration
PLACES = {"listen": "--listen", "admin_listen": "--admin-listen"}
OPTIONS = {"key_env": "--key-env", "price.in": "--price-in", "price.out": "--price-out", "price": "--price-in"}
NEEDED = ("aiohappyeyeballs", "httptools", "prometheus_client", "uvicorn", "uvloop")


@click.command()
@click.argument("config", type=click.Path(readable=False, path_type=Path), required=False)
@click.option("--upstream", metavar="URL", help="Without CONFIG: pass every model's name on to this base URL.")
@click.option("--key-env", metavar="NAME", default="", help="The variable that holds the key of --upstream.")
@click.option("--price-in", metavar="USD", help="Of --upstream: US dollars per million tokens in.")
@click.option("--price-out", metavar="USD", help="Of --upstream: US dollars per million tokens out.")
@click.option("--free", is_flag=True, help="Of --upstream: it costs nothing.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen, in place of gateway.listen.")
@click.option("--admin-listen", metavar="HOST:PORT", help="Where to take admin requests, in place of its setting.")
@click.option("--workers", type=click.IntRange(1), default=1, help="1: one process decides for all.")
def command(  # noqa: PLR0917 - click gives each option by its name
    config: Path | None,
    upstream: str | None,
    key_env: str,
    price_in: str | None,
    price_out: str | None,
    free: bool,
    listen: str | None,
    admin_listen: str | None,
    workers: int,
) -> None:
    """Serve what CONFIG says, or without one what --upstream names.

    SIGHUP reads CONFIG again, and keeps the old one where the new one has mistakes; SIGTERM ends once every answer that
    was begun is given.
    """
    if workers > 1:
        raise ConfigError(f"--workers {workers}: {ONE_PROCESS}; give 1")
    if any(find_spec(package) is None for package in NEEDED):
        raise MissingExtra("pantler serve", "gateway")
    if (config is None) == (upstream is None):
        raise ConfigError("name either a CONFIG file or an --upstream, such as --upstream http://127.0.0.1:8000/v1")
    price = _price(price_in, price_out, free=free)
    if upstream is None and (price != "unpriced" or key_env):
        raise ConfigError("--price-in, --price-out, --free and --key-env speak of an --upstream; CONFIG has its own")
    model = Model("upstream", base_url=upstream or "", key_env=key_env, price=price)
    source = partial(_passing_on, model) if config is None else partial(fitting, config)
    from pantler.gateway.process import run  # the gateway's packages take longer to import than all else

    given = {"listen": listen, "admin_listen": admin_listen}
    places = {name: place for name, place in given.items() if place is not None}
    say = partial(click.echo, err=True) if sys.stderr.isatty() else None
    run(partial(_listening, source, places), os.environ, say, places)


def _price(price_in: str | None, price_out: str | None, *, free: bool) -> Prices | Literal["free", "unpriced"]:
    given = [price for price in (price_in, price_out) if price is not None]
    if free and given:
        raise ConfigError("--free and a price contradict each other; give one of them")
    if free:
        return "free"
    if not given:
        return "unpriced"
    if price_in is None or price_out is None:
        raise ConfigError(
            "a price has two sides; give both --price-in and --price-out, in US dollars per million tokens"
        )
    return Prices(price_in, price_out)


def _passing_on(model: Model) -> Config:
    return Config(any_model=model)


def _listening(source: Callable[[], Config], places: Mapping[str, str]) -> Config:
    """What the source says, checked with the addresses that the command line gives."""
    config = source()
    config = replace(config, gateway=replace(config.gateway, **places))
    mistakes = checked(config, os.environ)
    if mistakes:
        raise BadConfig("the command line", [_as_option(mistake) for mistake in mistakes])
    return config


def _as_option(mistake: Mistake) -> Mistake:
    """A mistake in what an option gave, by the option's name."""
    if mistake.table != PASSED_ON:
        place = PLACES.get(mistake.key) if mistake.table == "[gateway]" else None
        return mistake if place is None else Mistake(place, "", mistake.wrong, mistake.remedy)
    option = next((option for key, option in OPTIONS.items() if mistake.key.startswith(key)), "--upstream")
    return Mistake(option, "", mistake.wrong, mistake.remedy)
