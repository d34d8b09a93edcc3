"""What may still be spent today, and on how many requests that is to be enough.

rate       = sum_i exp(-(now - t_i) / HOUR) / HOUR         requests a second, those that came spread over an hour
to come    = rate x what is left of the day, 1 at least                                        days begin at 0:00 UTC
a request may cost  (budget - spent today) / to come
"""

from math import exp
from typing import Any

import msgspec

DAY_SECONDS = 86_400.0
HOUR_SECONDS = 3_600.0
NO_ROOM = 1e18  # stands for requests without end, where all is spent


class Pace:
    """A route's requests and what they took."""

    def __init__(self) -> None:
        self.spent = 0.0  # today, nano-dollars
        self._now = 0.0
        self._count = 0.0  # requests of about the last hour

    def come(self, time: float | None = None) -> None:
        """One more request, at so many seconds since the epoch; None where nobody tells, so soon after the last."""
        time = self._now if time is None else time
        if time // DAY_SECONDS > self._now // DAY_SECONDS:
            self.spent = 0.0
        self._count = self._faded(time) + 1.0
        self._now = max(self._now, time)

    def paid(self, price: float) -> None:
        """A request of today took so many nano-dollars."""
        self.spent += price

    def requests_a_day(self, budget: float) -> float:
        """By how many requests a whole day's budget has to be shared, so that each takes what it still may."""
        left = budget - self.spent
        if left <= 0.0:
            return NO_ROOM
        return _to_come(self._count, self._now) * budget / left

    def left(self, budget: float, time: float) -> float:
        """What a day's budget still holds at a time."""
        is_another_day = time // DAY_SECONDS > self._now // DAY_SECONDS
        return max(0.0, budget if is_another_day else budget - self.spent)

    def share(self, budget: float, time: float) -> float:
        """What of a day's budget one more request may take, at a time."""
        now = max(time, self._now)
        return self.left(budget, now) / _to_come(self._faded(now) + 1.0, now)

    def snapshot(self) -> Any:
        return [self.spent, self._now, self._count]

    def restore(self, kept: Any) -> None:
        self.spent, self._now, self._count = msgspec.convert(kept, tuple[float, float, float])

    def _faded(self, time: float) -> float:
        """The requests of about the hour before a time."""
        return self._count * exp(-max(0.0, time - self._now) / HOUR_SECONDS)


def _to_come(count: float, now: float) -> float:
    return max(1.0, count / HOUR_SECONDS * (DAY_SECONDS - now % DAY_SECONDS))
