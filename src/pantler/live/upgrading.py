"""What upgrades may cost: a share of what a route's calls have cost, saved up for a while.

Costs are those by which models are chosen: money, with seconds where a route weighs them.
"""

from pantler.core.types import Call

MOST_SAVED = 1000.0  # mean calls whose share may be saved up


class Upgrading:
    """What is left for upgrades, by the route's name."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}
        self._mean: dict[str, tuple[int, float]] = {}

    def called(self, route: str, cost: float, share: float) -> None:
        """A call of a route has cost so much, of which so large a share may be spent on upgrades."""
        number, mean = self._mean.get(route, (0, 0.0))
        mean += (cost - mean) / (number + 1)
        self._mean[route] = number + 1, mean
        self._left[route] = min(self._left.get(route, 0.0) + share * cost, MOST_SAVED * share * mean)

    def affords(self, route: str, call: Call) -> bool:
        """Whether an upgrade can be paid for, which then is."""
        told = next((each.price for each in call.candidates if each.models == call.plan.models), None)
        price = call.expected_cost if told is None else told
        left = self._left.get(route, 0.0)
        if left <= 0.0 or price > left:
            return False
        self._left[route] = left - price
        return True
