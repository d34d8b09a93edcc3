"""What the plans of each route are run with: upstreams, prices, a judge, fallbacks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pantler import build
from pantler.config.tariff import Tariff
from pantler.config.values import Choice, Config, Model, Route
from pantler.config.weighing import fallbacks_of
from pantler.gateway.routes import Routes
from pantler.live.means import Means
from pantler.live.upstream import Upstream
from pantler.texts import forms

Upstreams = Mapping[str, Upstream]


class Whatever(dict[str, Upstream]):
    """The one upstream under every name, each with a breaker of its own."""

    def __init__(self, upstream: Upstream) -> None:
        super().__init__()
        self._upstream = upstream

    def __missing__(self, name: str) -> Upstream:
        return self._upstream.named(name)


def models_of(config: Config) -> list[Model]:
    """Every model that may be asked."""
    return [*config.models, *([config.any_model] if config.any_model else [])]


def means_of(routes: Routes, tariff: Tariff, upstreams: Upstreams) -> dict[str, Means]:
    """The means of every route, by its name."""
    return {
        route.name: (_passed_on if routes.passes_on(route) else _means)(route, tariff, upstreams)
        for route in routes.all()
    }


def _passed_on(route: Route, tariff: Tariff, upstreams: Upstreams) -> Means:
    (model,) = route.models
    return Means(Whatever(upstreams[model]), lambda _, tier: tariff(model, tier))


def _means(route: Route, tariff: Tariff, upstreams: Upstreams) -> Means:
    choice = route.multiplexer
    judges = choice.use == "cascade" or choice.cascades or bool(choice.tiers)
    if judges:
        forms.load()
    judge = build.configured("judges", choice.judge, **choice.judge_settings, **_fitted(choice)) if judges else None
    return Means(upstreams, tariff, judge, fallbacks_of(route))


def _fitted(choice: Choice) -> dict[str, Any]:
    """What the judge of signs goes by."""
    if choice.judge != "signs":
        return {}
    from pantler.fitted import read_fitted  # which stands on NumPy

    return {"score": read_fitted(Path(choice.fitted)).score}
