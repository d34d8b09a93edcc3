"""What is said to whoever starts the gateway: where it listens, who may ask, what is known of prices and of choices."""

from collections.abc import Iterator
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


def banner(config: Config, data: socket, admin: socket | None) -> Iterator[str]:
    """Its lines."""
    yield f"pantler answers on {_url(data)}/v1"
    if admin is not None:
        yield f"admin routes and metrics on {_url(admin)}"
    else:
        yield f"no admin routes: {config.gateway.admin_key_env} is not set"
    if not config.cache.path:
        folder = state_folder(config)
        yield f"answers are kept in memory; the ledger is in {folder}, one for all runs that name no cache.path"
    if not any(tenant.keys for tenant in config.tenants):
        yield "no keys are configured: whoever reaches this address may ask; it is this machine only"
    for model in models_of(config):
        price, source = price_of(model)
        if price is None:
            yield f"{model.name} is unpriced ({source}): tokens are counted, money is not; {PRICED_BY}"
        else:
            yield f"{model.name}: {described(price)} ({source})"
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
