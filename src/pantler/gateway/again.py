"""The short way of a hit: the same bytes come again, and are answered without being parsed.

It does all that the long way does (limits, the arrival, expiry, the ledger's row), and nothing at all where anything is
not as it was: then the request goes the long way.
"""

from typing import TYPE_CHECKING, Final

from pantler.core.asks import Entry
from pantler.gateway.books import Series
from pantler.gateway.clock import whole_seconds
from pantler.gateway.readings import Arrival
from pantler.gateway.ready import Ready, response
from pantler.live.errands import Errand

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers

LARGEST_BODY: Final = 256 << 10  # bytes of a response that is kept ready
NOTED_SECONDS: Final = 1.0  # in which a client's looks at one answer are noted once


class Again:
    """Answers one request's bytes with one entry, as it was answered before."""

    __slots__ = (
        "_answers",
        "_desk",
        "_entry",
        "_errand",
        "_holder",
        "_noted_until",
        "_oldest",
        "_query",
        "_ready",
        "_series",
    )

    def __init__(self, answers: "Answers", errand: Errand, entry: Entry, ready: Ready) -> None:
        self._answers = answers
        self._desk = answers.desk
        self._errand = errand
        self._query = errand.query
        self._holder = errand.holder
        self._oldest = errand.wishes.max_age_seconds
        self._entry = entry
        self._ready = ready
        self._noted_until = 0.0
        self._series = Series(entry.decision)

    def __call__(self) -> bytes | None:
        answers, entry, query = self._answers, self._entry, self._query
        if answers.is_closed or answers.desk is not self._desk:
            return None
        loop, books = answers.loop, answers.books
        began, now = answers.clocks.monotonic(), answers.clocks.wall()
        if loop.fresh(query.key, self._oldest, now) is not entry or not answers.limiter.passes(self._holder):
            return None
        decision = answers.decisions.at(now)
        serve = loop.visit(query, now)
        hit = self._series.hit(serve, entry)
        row = books.standing(self._series, hit)
        if row is not None and serve.upgrade is None and now < self._noted_until:
            books.again(row, Arrival(decision, began, now), self._errand)
        else:
            errand = self._errand.copy()
            errand.decision, errand.time, errand.began = decision, now, began
            if answers.noted is not None:
                answers.noted(errand)
            self._noted_until = now + NOTED_SECONDS
            loop.upgrade(errand, serve)
            row = books.begun(self._series, errand, hit)
        return response(self._ready, decision, whole_seconds(entry.stored_at, now), row.baseline, answers.dates.at(now))
