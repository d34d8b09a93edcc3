"""What is left to spend beside a route's requests: a share of what its calls cost, saved up for a while, or of a day.

Costs are those by which models are chosen: money, with seconds where a route weighs them.
"""

from collections import defaultdict
from typing import Any

import msgspec

from pantler.config.funds import Funds

MOST_SAVED = 1000.0  # mean calls whose share may be saved up
DAY_SECONDS = 86_400.0
_Kept = tuple[str, str, float, int, float, int, float]


class Purse:
    """One purpose of one route."""

    def __init__(self) -> None:
        self.left = 0.0  # of the share
        self.calls = 0
        self.mean = 0.0  # cost of a call
        self.day = 0
        self.spent = 0.0  # on that day

    def earn(self, cost: float, share: float) -> None:
        """A call of the route has cost so much, of which so large a share may be spent."""
        self.calls += 1
        self.mean += (cost - self.mean) / self.calls
        self.left = min(self.left + share * cost, MOST_SAVED * share * self.mean)

    def takes(self, cost: float, funds: Funds, now: float) -> bool:
        """Whether so much can be paid at this time, in seconds since the epoch, which then it is."""
        if funds.per_day is not None:
            self._turn(now)
            if self.spent + cost > funds.per_day:
                return False
        elif self.left <= 0.0 or cost > self.left:
            return False
        self.left -= cost
        self.spent += cost
        return True

    def settle(self, further: float) -> None:
        """What was paid for has cost so much more than was taken, less where it is negative."""
        self.left -= further
        self.spent += further

    def ended(self, cost: float, spent: int | None, *, came: bool) -> None:
        """What was paid for has spent so much, None if unknown; a failure counts in full, or it is tried at once."""
        if spent is not None:
            self.settle((spent if came else max(cost, spent)) - cost)

    def _turn(self, now: float) -> None:
        day = int(now // DAY_SECONDS)
        if day > self.day:
            self.day, self.spent = day, 0.0


class Purses(defaultdict[tuple[str, str], Purse]):
    """By the route's name and the purpose."""

    def __init__(self) -> None:
        super().__init__(Purse)

    def snapshot(self) -> Any:
        """Every purse."""
        return [(*name, each.left, each.calls, each.mean, each.day, each.spent) for name, each in list(self.items())]

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave."""
        for route, purpose, left, calls, mean, day, spent in msgspec.convert(kept, list[_Kept]):
            purse = self[route, purpose]
            purse.left, purse.calls, purse.mean, purse.day, purse.spent = left, calls, mean, day, spent
