"""The guarantees of routes as ratings bear them out, for a log and a scrape."""

import logging
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from pantler.core.engine import Engine
from pantler.learning.guaranteed import Guaranteed
from pantler.multiplexers.by_route import ByRoute

log = logging.getLogger("pantler.gateway")


class Guarantees:
    """Of the routes that the multiplexer of `engine` chooses for; says once of each that it is refuted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._told: set[str] = set()

    def rated(self, route: str) -> None:
        """A word on an answer of a route was learned."""
        each = self._found().get(route)
        if each is None or not each.is_refuted:
            self._told.discard(route)
        elif route not in self._told:
            self._told.add(route)
            log.error(
                "route %s: %d of %d rated answers below %s were wrong, which contradicts the guarantee of at most "
                "%.1f%%; only the reference model is asked from now on; fit again to outcomes of late",
                *(route, each.wrong, each.rated, each.certified.reference, 100.0 * each.certified.max_wrong),
            )

    def families(self) -> Iterator[Metric]:
        """Whether each holds, and what was rated."""
        holds = GaugeMetricFamily(
            "pantler_guarantee_holds", "1 until ratings refute a route's guarantee", labels=["route"]
        )
        rated = GaugeMetricFamily(
            "pantler_guarantee_rated", "Rated answers below the reference model", labels=["route", "word"]
        )
        for name, each in self._found().items():
            holds.add_metric([name], float(not each.is_refuted))
            rated.add_metric([name, "wrong"], each.wrong)
            rated.add_metric([name, "right"], each.rated - each.wrong)
        yield holds
        yield rated

    def _found(self) -> dict[str, Guaranteed]:
        made = self._engine.multiplexer
        routes = made.routes if isinstance(made, ByRoute) else {}
        return {name: each for name, each in routes.items() if isinstance(each, Guaranteed)}
