"""The short way of a hit: the same bytes come again, and are answered without being parsed.

It does all that the long way does (limits, the arrival, expiry, the ledger's row), and nothing at all where anything is
not as it was: then the request goes the long way.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pantler.core.asks import Entry
from pantler.core.rows import new_decision
from pantler.gateway.books import Series
from pantler.gateway.ready import Ready, response
from pantler.live.errands import Errand, Hit

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers

LARGEST_BODY = 256 << 10  # bytes of a response that is kept ready
NOTED_SECONDS = 1.0  # in which a client's looks at one answer are noted once, for that takes a tenth of a hit's time


class Again:
    """Answers one request's bytes with one entry, as it was answered before."""

    __slots__ = ("_answers", "_desk", "_entry", "_errand", "_noted_until", "_ready", "_series")

    def __init__(self, answers: "Answers", errand: Errand, entry: Entry, ready: Ready) -> None:
        self._answers = answers
        self._desk = answers.desk
        self._errand = errand
        self._entry = entry
        self._ready = ready
        self._noted_until = 0.0
        self._series = Series(entry.decision)

    def __call__(self) -> bytes | None:
        answers, entry = self._answers, self._entry
        now = answers.clocks.wall()
        if answers.is_closed or answers.desk is not self._desk:
            return None
        errand = self._errand
        if answers.loop.fresh(errand.query.key, errand.wishes.max_age_seconds, now) is not entry:
            return None
        holder = errand.holder
        if answers.limiter.admit(holder) is not None:
            return None
        try:
            decision = new_decision(now, next(answers.chance))
            errand = replace(errand, decision=decision, time=now, began=answers.clocks.monotonic())
            if answers.noted is not None and now >= self._noted_until:
                answers.noted(errand)
                self._noted_until = now + NOTED_SECONDS
            found = answers.loop.look(errand)
            assert isinstance(found, Hit), "what would be served is"
            row = answers.books.repeated(errand, found, self._series)
        finally:
            answers.limiter.leave(holder)
        return response(self._ready, entry, row, answers.dates.at(now))
