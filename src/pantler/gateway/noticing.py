"""Tells operators how models have changed: a line of the log for each change, a counter of them, how chances hold."""

import logging
from collections.abc import Iterator
from functools import partial

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pantler.core.seams import Multiplexer
from pantler.learning.exploring import Exploring
from pantler.learning.notices import CHEAPER, DEARER, DEGRADED, IMPROVED, Notice
from pantler.multiplexers.by_route import ByRoute

SAYS = {
    DEGRADED: "is wrong more often than was known; it is learned anew",
    IMPROVED: "is wrong less often than was known; it is learned anew",
    DEARER: "charges %.1f times what its calls have charged before",
    CHEAPER: "charges %.2g %% of what its calls have charged before",
}

log = logging.getLogger("pantler.routes")


def listen(multiplexer: Multiplexer) -> None:
    """Log what every route notices from now on."""
    for route, each in _learning(multiplexer):
        each.notices.tell = partial(_logged, route)


def families(multiplexer: Multiplexer) -> Iterator[Metric]:
    """How often what was noticed, since the routes were set up, and how well chances are calibrated by now."""
    labels = ["route", "model", "change"]
    family = CounterMetricFamily(
        "pantler_model_changes", "Models found to be worse, better, dearer or cheaper", labels=labels
    )
    for route, each in _learning(multiplexer):
        for (model, change), count in sorted(each.notices.counts.items()):
            family.add_metric([route, model, change], count)
    yield family
    says = "How far stated chances of a wrong answer are from the last labels, beyond their noise"
    error = GaugeMetricFamily("pantler_calibration_error", says, labels=["route", "model"])
    for route, each in _learning(multiplexer):
        for place, model in enumerate(each.correction.roster.models):
            found = each.correction.rolling.error(place)
            if found is not None:
                error.add_metric([route, model], found)
    yield error


def _learning(multiplexer: Multiplexer) -> Iterator[tuple[str, Exploring]]:
    if isinstance(multiplexer, ByRoute):
        for route, each in multiplexer.routes.items():
            if isinstance(each, Exploring):
                yield route, each


def _logged(route: str, notice: Notice) -> None:
    says = SAYS[notice.change]
    if notice.change in (DEARER, CHEAPER):
        says %= notice.factor * (100.0 if notice.change == CHEAPER else 1.0)
    told = {"route": route, "model": notice.model, "change": notice.change, "factor": round(notice.factor, 3)}
    log.warning("route %s: the model %s %s", route, notice.model, says, extra={"told": told})
