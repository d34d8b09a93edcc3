"""What is said to whoever starts the gateway: where it listens, who may ask, what is known of prices and of choices."""

import logging
from collections.abc import Callable, Iterator
from socket import socket

from pantler.build import text_embedder
from pantler.config.keys import state_folder
from pantler.config.prices import described, price_of
from pantler.config.values import Config
from pantler.config.weighing import use_of
from pantler.gateway.doubted import told_doubts
from pantler.gateway.means import models_of
from pantler.gateway.unbounded import unbounded

PRICED_BY = "--price-in with --price-out, --free or a model's price in the configuration says what it costs"

Say = Callable[[str], object]

log = logging.getLogger("pantler.gateway")


def tell(say: Say | None, config: Config, data: socket, admin: socket | None) -> None:
    """Say it to somebody at a terminal, or without one as records of the log, which a program may read."""
    for line in banner(config, data, admin):
        (say or log.info)(line)
    for line in cautions(config):
        (say or log.warning)(line)


def banner(config: Config, data: socket, admin: socket | None) -> Iterator[str]:
    """How it stands."""
    yield f"pantler answers on {_url(data)}/v1"
    if admin is not None:
        yield f"admin routes and metrics on {_url(admin)}"
    else:
        yield f"no admin routes: {config.gateway.admin_key_env} is not set"
    if not config.cache.path:
        folder = state_folder(config)
        yield f"answers are kept in memory; the ledger is in {folder}, one for all runs that name no cache.path"
    for model in models_of(config):
        price, source = price_of(model)
        if price is not None:
            yield f"{model.name}: {described(price)} ({source})"


def cautions(config: Config) -> Iterator[str]:
    """What is to be heeded."""
    if not any(tenant.keys for tenant in config.tenants):
        yield "no keys are configured: whoever reaches this address may ask; it is this machine only"
    for model in models_of(config):
        price, source = price_of(model)
        if price is None:
            yield f"{model.name} is unpriced ({source}): tokens are counted, money is not; {PRICED_BY}"
    if said := _read_instead(config):
        yield said
    yield from unbounded(config)
    yield from told_doubts(config)


def _read_instead(config: Config) -> str:
    """What stands in for a missing embedder, where a route learns from nothing and names none."""
    learned = [route.multiplexer for route in config.routes if use_of(route) == "learned"]
    unnamed = [choice for choice in learned if not choice.fitted and not choice.embedder]
    return text_embedder(unnamed[0].embedder)[1] if unnamed else ""


def _url(opened: socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
