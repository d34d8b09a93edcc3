"""What a wrong answer is worth on the routes that have a goal: as it holds in a gateway, or by a ledger."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from prometheus_client.core import GaugeMetricFamily, Metric

from pantler.config.keys import state_folder
from pantler.config.prices import NANO_PER_DOLLAR
from pantler.config.values import Config, Route
from pantler.config.weighing import budget_of, has_goal, reference_of
from pantler.core.cost import Weights
from pantler.core.errors import StoreError
from pantler.core.seams import Multiplexer
from pantler.learning.exploring import Exploring
from pantler.learning.goals import FEWEST, RECENT, Goal, Reached, reached
from pantler.learning.pace import Pace
from pantler.ledgers.paces import paid_today, times_of_late
from pantler.ledgers.reading import reading
from pantler.ledgers.weighed import weighed
from pantler.multiplexers.by_route import ByRoute


@dataclass(frozen=True)
class Solved:
    """A route's goal on what its ledger holds; None where that is too little."""

    route: str
    requests: int
    reached: Reached | None

    def told(self) -> str:
        """In words."""
        found = self.reached
        if found is None:
            return (
                f"{self.route}: no weight of an error yet, {self.requests} requests are in the ledger, {FEWEST} needed"
            )
        share = found.price / found.reference_price if found.reference_price else 1.0
        met = "" if found.is_met else "; the goal is not met"
        return (
            f"{self.route}: a wrong answer at ${found.value / NANO_PER_DOLLAR:.3g}, by {self.requests} requests: "
            f"{found.wrong:.1%} wrong, the reference {found.reference_wrong:.1%}, at {share:.0%} of its price{met}"
        )


def solved(config: Config) -> list[Solved]:
    """Every goal of a configuration, on the recent requests in its ledger."""
    return [_solved(config, route) for route in config.routes if has_goal(route.objective)]


def pursued(multiplexer: Multiplexer, route: str) -> Weights | None:
    """What a route weighs now, where its multiplexer learns and may find that from a goal; else None."""
    each = multiplexer.routes.get(route) if isinstance(multiplexer, ByRoute) else None
    return each.weights if isinstance(each, Exploring) else None


def pace_of(connection: sqlite3.Connection, route: str) -> Pace:
    """What a gateway would know of the route's pace after the last of its requests in the ledger."""
    pace = Pace()
    for time in times_of_late(connection, route):
        pace.come(time)
    pace.paid(paid_today(connection, route))
    return pace


def families(multiplexer: Multiplexer) -> Iterator[Metric]:
    """The weights as they hold now."""
    family = GaugeMetricFamily("pantler_error_weight_dollars", "What a wrong answer is worth", labels=["route"])
    if isinstance(multiplexer, ByRoute):
        for name, each in multiplexer.routes.items():
            if isinstance(each, Exploring):
                family.add_metric([name], each.weights.error / NANO_PER_DOLLAR)
    yield family


def _solved(config: Config, route: Route) -> Solved:
    try:
        with reading(state_folder(config)) as connection:
            recent = weighed(connection, route.name, route.models, RECENT)
            pace = pace_of(connection, route.name)
    except StoreError:
        return Solved(route.name, 0, None)
    if len(recent) < FEWEST:
        return Solved(route.name, len(recent), None)
    prices, wrong = (np.array(each) for each in list(zip(*recent, strict=True))[1:])
    goal = Goal(route.objective.max_quality_loss, budget_of(route.objective))
    per_day = pace.requests_a_day(goal.budget_per_day or 0.0)
    found = reached(goal, prices, wrong, reference=route.models.index(reference_of(route)), per_day=per_day)
    return Solved(route.name, len(recent), found)
