"""What may still be spent today, and on how many requests that is to be enough.

rate       = sum_i exp(-(now - t_i) / HOUR) / HOUR         requests a second, those that came spread over an hour
to come    = rate x what is left of the day                                                    days begin at 0:00 UTC
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
        self._count = self._count * exp(-max(0.0, time - self._now) / HOUR_SECONDS) + 1.0
        self._now = max(self._now, time)

    def paid(self, price: float) -> None:
        """A request of today took so many nano-dollars."""
        self.spent += price

    def requests_a_day(self, budget: float) -> float:
        """By how many requests a whole day's budget has to be shared, so that each takes what it still may."""
        left = budget - self.spent
        if left <= 0.0:
            return NO_ROOM
        to_come = self._count / HOUR_SECONDS * (DAY_SECONDS - self._now % DAY_SECONDS)
        return to_come * budget / left

    def snapshot(self) -> Any:
        return [self.spent, self._now, self._count]

    def restore(self, kept: Any) -> None:
        self.spent, self._now, self._count = msgspec.convert(kept, tuple[float, float, float])
