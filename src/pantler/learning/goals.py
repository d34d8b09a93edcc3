"""What a wrong answer has to be worth, so that a route reaches what people can state.

    a goal of quality   the least V at which  mean P(wrong) of what is chosen <= mean P(wrong) of the reference + loss
    a goal of spending  the largest V at which  mean price of what is chosen x requests a day <= budget

over the recent requests of the route, of which each chooses argmin_m price_m + V P(m is wrong). Both means move one
way only as V rises, so that V is found by halving. Of a budget counts what is left of it today, for the requests that
are still to come.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.learning.pace import Pace

Array = NDArray[np.float64]
RECENT = 500  # requests
FEWEST = 20  # before which the first guess stands
EVERY = 20  # requests between two solutions
HALVINGS = 20
LEAST, MOST = 1e-3, 1e5  # V, in mean prices of the reference model
FIRST = 30.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Either the mean quality that may be lost against the reference model, or nano-dollars that a day may cost."""

    max_quality_loss: float | None = None
    budget_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """`value` is V in nano-dollars; the means at it beside the reference model's. `is_met` is False where no V does."""

    value: float
    price: float
    wrong: float
    reference_price: float
    reference_wrong: float
    is_met: bool = True


def reached(goal: Goal, prices: Array, wrong: Array, *, reference: int, per_day: float) -> Reached:
    """The value that meets a goal on requests (n, models), of which there are so many a day."""
    unit = max(float(prices[:, reference].mean()), 1.0)
    rows = np.arange(len(prices))

    def at(value: float) -> Reached:
        chosen = np.argmin(prices + value * wrong, axis=1)
        each = (prices[rows, chosen], wrong[rows, chosen], prices[:, reference], wrong[:, reference])
        price, risk, reference_price, reference_wrong = (float(mean.mean()) for mean in each)
        if goal.budget_per_day is not None:
            is_met = price * per_day <= goal.budget_per_day
        else:
            is_met = risk <= reference_wrong + (goal.max_quality_loss or 0.0)
        return Reached(value, price, risk, reference_price, reference_wrong, is_met)

    least, most = at(LEAST * unit), at(MOST * unit)
    best, other = (most, least) if goal.budget_per_day is None else (least, most)
    if other.is_met or not best.is_met:  # the goal is met everywhere, or nowhere
        return other if other.is_met else best
    for _ in range(HALVINGS):
        tried = at(float(np.sqrt(best.value * other.value)))
        best, other = (tried, other) if tried.is_met else (best, tried)
    return best


class Pursuit:
    """A goal on the recent requests of a route; `value` is what a wrong answer is worth now, in nano-dollars.

    `is_solved` is False while it is a first guess.
    """

    def __init__(self, goal: Goal, reference: int) -> None:
        self.goal = goal
        self.value = 0.0
        self.is_solved = False
        self.last: Reached | None = None
        self.pace = Pace()
        self._reference = reference
        self._recent: deque[tuple[Sequence[float], Sequence[float]]] = deque(maxlen=RECENT)
        self._fresh = 0

    @property
    def affords_reference(self) -> bool:
        """Whether the reference model may be asked for all there is, as far as is known, where spending has a goal."""
        budget, last = self.goal.budget_per_day, self.last
        if budget is None:
            return True
        return last is not None and last.reference_price * self.pace.requests_a_day(budget) <= budget

    def most(self, time: float) -> float | None:
        """What the next request may take: of a budget all that is left, a share while it is unsolved; None for any."""
        budget = self.goal.budget_per_day
        if budget is None:
            return None
        return self.pace.left(budget, time) if self.is_solved else self.pace.share(budget, time)

    def note(self, time: float, prices: Sequence[float], wrong: Sequence[float]) -> bool:
        """One more request, at so many seconds since the epoch; whether the value has changed."""
        self.pace.come(time)
        self._recent.append((prices, wrong))
        self._fresh += 1
        if not self.value:
            self.value = FIRST * max(prices[self._reference], 1.0)
            return True
        if self._fresh < EVERY or len(self._recent) < FEWEST:
            return False
        self._fresh = 0
        all_prices, all_wrong = (np.array(each) for each in zip(*self._recent, strict=True))
        per_day = self.pace.requests_a_day(self.goal.budget_per_day or 0.0)
        self.last = reached(self.goal, all_prices, all_wrong, reference=self._reference, per_day=per_day)
        self.value, self.is_solved = self.last.value, True
        return True

    def snapshot(self) -> Any:
        return [self.value if self.is_solved else 0.0, self.pace.snapshot()]

    def restore(self, kept: Any) -> None:
        self.value, pace = msgspec.convert(kept, tuple[float, Any])
        self.pace.restore(pace)
        self.is_solved = self.value > 0.0
