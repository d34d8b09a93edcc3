"""What the plans of each route are run with: upstreams, prices, a judge, fallbacks."""

from collections.abc import Mapping

from pantler import build
from pantler.config.prices import price_of
from pantler.config.values import Config, Model, Route
from pantler.core.cost import Price
from pantler.gateway.routes import ANY, Routes
from pantler.live.plans import Means
from pantler.live.upstream import Upstream

Upstreams = Mapping[str, Upstream]
Priced = tuple[Price | None, str]


class Whatever(dict[str, Upstream]):
    """The one upstream under every name."""

    def __init__(self, upstream: Upstream) -> None:
        super().__init__()
        self._upstream = upstream

    def __missing__(self, name: str) -> Upstream:
        return self._upstream


def models_of(config: Config) -> list[Model]:
    """Every model that may be asked."""
    return [*config.models, *([config.any_model] if config.any_model else [])]


def means_of(config: Config, routes: Routes, upstreams: Upstreams) -> dict[str, Means]:
    """The means of every route, by its name."""
    prices = {model.name: price_of(model) for model in models_of(config)}
    return {route.name: _means(route, prices, upstreams) for route in routes.all()}


def _means(route: Route, prices: Mapping[str, Priced], upstreams: Upstreams) -> Means:
    if route.name == ANY:
        priced = prices[route.models[0]]
        return Means(Whatever(upstreams[route.models[0]]), lambda _: priced)
    judge = build.part("judges", route.multiplexer.judge)() if len(route.models) > 1 else None
    return Means(upstreams, prices.__getitem__, judge, route.fallbacks)
