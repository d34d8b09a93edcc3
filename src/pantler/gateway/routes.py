"""Which route a client's `model` names: a configured route, or a model by its own name."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from pantler.config.values import Config, Route
from pantler.config.weighing import reference_of

ANY: Final = "any"  # the one route of a gateway that passes every model's name on


def of_one_space(route: Route) -> Route:
    """A route as it is for vectors: its reference model alone, for those of two models cannot be compared."""
    return route if len(route.models) == 1 else replace(route, models=(reference_of(route),))


class Routes:
    """The names that may be asked. With `any_model` configured every name may, all of them by one route."""

    def __init__(self, config: Config) -> None:
        direct = {model.name: Route(model.name, (model.name,)) for model in config.models}
        self._by_name = {**direct, **{route.name: route for route in config.routes}}
        self._ttl_seconds = config.cache.ttl_seconds
        self._any = None if config.any_model is None else self._lasting(Route(ANY, (config.any_model.name,)))
        self._by_name = {name: self._lasting(route) for name, route in self._by_name.items()}

    def find(self, name: str) -> Route | None:
        """The route that a name stands for."""
        return self._by_name.get(name, self._any)

    def passes_on(self, route: Route) -> bool:
        """Whether it is the one by which every name is asked, though one of the configuration's may have its name."""
        return route is self._any

    @property
    def any(self) -> Route | None:
        """The one by which every name is asked, where there is one."""
        return self._any

    def all(self) -> list[Route]:
        """Every route there is."""
        return [*self._by_name.values(), *([] if self._any is None else [self._any])]

    def names(self, allowed: Iterable[str] = ()) -> list[str]:
        """The names that may be asked, or those of them that are `allowed`, if any are."""
        chosen = set(allowed)
        return [name for name in self._by_name if not chosen or name in chosen]

    def _lasting(self, route: Route) -> Route:
        """A route whose answers live as long as the cache's where it does not say."""
        return replace(route, ttl_seconds=self._ttl_seconds) if route.ttl_seconds is None else route
