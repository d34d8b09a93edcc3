"""Who appraises the texts of each route, as its configuration says."""

from pathlib import Path

from pantler.build import embedder_of, fitted_embedder, text_embedder
from pantler.config.tariff import Tariff
from pantler.config.values import Route
from pantler.config.weighing import reference_of, use_of
from pantler.core.errors import ConfigError
from pantler.fitted import read_fitted
from pantler.gateway.routes import Routes
from pantler.live.appraising import Hearing
from pantler.live.experts import Expert, Scale
from pantler.texts.reading import Reading


def hearings_of(routes: Routes, tariff: Tariff) -> dict[str, Hearing]:
    """By the route's name, of those whose multiplexer is learned.

    Raises ConfigError where a fitted file cannot be used, MissingExtra where an embedder's packages are not installed.
    """
    return {route.name: hearing(route, tariff) for route in routes.all() if use_of(route) == "learned"}


def hearing(route: Route, tariff: Tariff) -> Hearing:
    """Who appraises the texts of one route."""
    choice = route.multiplexer
    known = [model for model in route.models if model not in choice.newcomers]
    fitted = read_fitted(Path(choice.fitted), known) if choice.fitted else None
    prices = []
    for model in route.models:
        price, source = tariff(model)
        if price is None:
            raise ConfigError(f"route {route.name!r}: {model!r} has no price to weigh it by ({source}); give one")
        prices.append(price)
    scale = Scale(route.models, tuple(prices), route.models.index(reference_of(route)))
    if fitted is None:
        embedder = embedder_of(text_embedder(choice.embedder)[0])
    else:
        embedder = fitted_embedder(choice.fitted, fitted.embedder)
    expert = Expert(scale, Reading(embedder), fitted)
    return Hearing(expert, choice.appraisal_seconds, "" if fitted is None else fitted.warning)
