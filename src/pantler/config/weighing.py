"""What a route weighs, in the engine's units."""

from pantler.config.prices import NANO_PER_DOLLAR, nano_dollars
from pantler.config.values import Choice, Objective, Route
from pantler.core.cost import Weights
from pantler.core.errors import ConfigError


def weights_of(objective: Objective) -> Weights:
    """Nano-dollars per second waited and per wrong answer."""
    return Weights(objective.latency_weight * NANO_PER_DOLLAR, objective.error_weight * NANO_PER_DOLLAR)


def bounds_of(choice: Choice) -> tuple[float, float] | None:
    """What a call costs at least and at most, in nano-dollars, where the configuration says."""
    if choice.least_cost is None or choice.greatest_cost is None:
        return None
    return nano_dollars(choice.least_cost), nano_dollars(choice.greatest_cost)


def use_of(route: Route) -> str:
    """The name of what chooses among the route's models."""
    return route.multiplexer.use or ("single" if len(route.models) == 1 else "tabular")


def reference_of(route: Route) -> str:
    """The model by which the route's answers are measured; empty for a route that names no model."""
    return route.reference or (route.models[-1] if route.models else "")


def fallbacks_of(route: Route) -> tuple[str, ...]:
    """The models that are asked, in order, where those of a plan fail: what the route says, else all of its own."""
    if route.fallbacks is not None:
        return route.fallbacks
    if route.objective.guarantee is not None:  # which speaks of no other model's standing in
        return (reference_of(route),)
    return () if len(route.models) == 1 else tuple(dict.fromkeys((reference_of(route), *route.models)))


def budget_of(objective: Objective) -> int | None:
    """Nano-dollars that a day may cost, where the objective is one of spending; ConfigError for anything else."""
    text = objective.budget
    if not text:
        return None
    amount, _, period = text.partition("/")
    if not amount.startswith("$") or period != "day":
        raise ConfigError(f'{text!r} is no budget; write dollars a day, such as "$50/day"')
    return nano_dollars(amount.removeprefix("$"))


def has_goal(objective: Objective) -> bool:
    """Whether the weight of an error is to be found from a goal."""
    return objective.max_quality_loss is not None or bool(objective.budget)
