"""The rows of requests whose key is not known, so few that a flood of them fills no disk.

Beyond the allowance a request has the row, and the decision, of the last one that was refused for the same reason.
"""

from collections.abc import Callable

from msgspec.structs import replace

from pantler.gateway.books import Books
from pantler.gateway.exchange import Exchange
from pantler.gateway.limits import Bucket
from pantler.gateway.metrics import Metrics
from pantler.gateway.replies import Refused

ROWS_PER_MINUTE = 30  # for all strangers together: 43,200 rows a day, some ten megabytes


class Strangers:
    """Counts all in `metrics`; `clock` is monotonic."""

    def __init__(self, books: Books, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._books = books
        self._metrics = metrics
        self._clock = clock
        self._allowance = Bucket(ROWS_PER_MINUTE, clock())
        self._last: dict[str, str] = {}  # decisions that have rows, by the code of their error: a few dozen at most

    def turned_away(self, exchange: Exchange, refusal: Refused) -> None:
        """One more has been refused."""
        code = refusal.fault.code
        self._metrics.turned_away(code)
        last = self._last.get(code)
        if self._allowance.take_one(self._clock()) and last is not None:
            exchange.arrival = replace(exchange.arrival, decision=last)
            self._metrics.unrecorded(code)
            return
        self._last[code] = exchange.decision
        self._books.turned_away(exchange, refusal)
