"""Fitted files that are used though nothing has shown that they are better than the static choice."""

from pathlib import Path

from pantler.config.values import Config
from pantler.config.weighing import use_of


def doubted(config: Config) -> dict[str, str]:
    """Why the file of a route is not to be promoted, by the route's name."""
    routes = [route for route in config.routes if use_of(route) == "learned" and route.multiplexer.fitted]
    if not routes:
        return {}
    from pantler.fitted import read_fitted  # which stands on NumPy

    said = {route.name: read_fitted(Path(route.multiplexer.fitted)).warning for route in routes}
    return {name: warning for name, warning in said.items() if warning}


def told_doubts(config: Config) -> list[str]:
    """The same, in words."""
    return [f"route {name} chooses by a fitted file that is {warning}" for name, warning in doubted(config).items()]
