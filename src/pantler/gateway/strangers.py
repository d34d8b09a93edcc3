"""The rows of requests whose key is not known, so few that a flood of them fills no disk.

Beyond the allowance a request has the row, and the decision, of the last one that was refused for the same reason; how
many those were is counted in the metrics, and said in the log once a minute.
"""

import logging
from collections import Counter
from collections.abc import Callable

from pantler.gateway.books import Books
from pantler.gateway.exchange import Exchange
from pantler.gateway.limits import MINUTE, Bucket
from pantler.gateway.metrics import Metrics
from pantler.gateway.readings import Arrival
from pantler.gateway.replies import Refused

ROWS_PER_MINUTE = 30  # for all strangers together: 43,200 rows a day, some ten megabytes

log = logging.getLogger("pantler.gateway")


class Strangers:
    """Counts all in `metrics`; `clock` is monotonic."""

    def __init__(self, books: Books, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._books = books
        self._metrics = metrics
        self._clock = clock
        self._allowance = Bucket(ROWS_PER_MINUTE, clock())
        self._last: dict[str, str] = {}  # decisions that have rows, by the code of their error: a few dozen at most
        self._untold: Counter[str] = Counter()  # without rows, since the log last said how many
        self._first_untold = 0.0

    def turned_away(self, exchange: Exchange, refusal: Refused) -> None:
        """One more has been refused."""
        code, now = refusal.fault.code, self._clock()
        if self._untold and now - self._first_untold >= MINUTE:
            self.tell()
        self._metrics.turned_away(code)
        last = self._last.get(code)
        if self._allowance.take_one(now) and last is not None:
            exchange.arrival = Arrival(last, exchange.arrival.began, exchange.arrival.time)
            self._without_row(code, now)
            return
        self._last[code] = exchange.decision
        self._books.turned_away(exchange, refusal)

    def tell(self) -> None:
        """Say how many had no row of their own since it was last said, if any."""
        if self._untold:
            said = {"requests": self._untold.total(), "by_reason": dict(self._untold)}
            log.warning("requests without a known key had no row of their own", extra={"told": said})
            self._untold.clear()

    def _without_row(self, code: str, now: float) -> None:
        self._metrics.unrecorded(code)
        if not self._untold:
            self._first_untold = now
        self._untold[code] += 1
