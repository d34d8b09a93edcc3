"""The short way of a hit: the same bytes come again, and are answered without being parsed.

It does all that the long way does (limits, the arrival, expiry, the ledger's row), and nothing at all where anything is
not as it was: then the request goes the long way.
"""

from email.utils import formatdate
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pantler.core.asks import Entry
from pantler.core.rows import Row, new_decision
from pantler.gateway.exchange import AGE, DECISION, SAVED, Exchange, age
from pantler.gateway.replies import Headers, dollars
from pantler.live.errands import Hit

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers

DATE = b"date"
CHANGED = b"%s\r\n" + DECISION + b": %s\r\n" + AGE + b": %s\r\n" + SAVED + b": %s\r\n" + DATE + b": %s\r\n\r\n%s"
LARGEST_BODY = 256 << 10  # bytes of a response that is kept ready


class Again:
    """Answers one request's bytes with one entry; `headers` and `body` are what does not change of the response."""

    __slots__ = (
        "_answers",
        "_body",
        "_desk",
        "_digest",
        "_entry",
        "_errand",
        "_head",
        "_headers",
        "_row",
        "_saved",
        "_second",
        "_stamp",
    )

    def __init__(self, answers: "Answers", exchange: Exchange, entry: Entry, ready: tuple[Headers, bytes]) -> None:
        assert exchange.errand is not None
        assert exchange.holder is not None
        self._headers, self._body = ready
        self._head = b""  # until it is wanted, for most requests come once
        self._answers = answers
        self._desk = answers.desk
        self._errand = exchange.errand
        self._digest = exchange.holder.key.digest
        self._entry = entry
        self._row: Row | None = None  # of the last time
        self._saved = b""
        self._second = 0
        self._stamp = b""

    def __call__(self) -> bytes | None:
        answers, entry = self._answers, self._entry
        now = answers.clocks.wall()
        if answers.is_closed or answers.desk is not self._desk:
            return None
        if not answers.loop.would_serve(self._errand, entry, now):
            return None
        if answers.limiter.admit(self._digest) is not None:
            return None
        try:
            decision = new_decision(now, next(answers.chance))
            errand = replace(self._errand, decision=decision, time=now, began=answers.clocks.monotonic())
            found = answers.loop.look(errand)
            assert isinstance(found, Hit), "what would be served is"
            row = answers.books.repeated(errand, found, self._row)
        finally:
            answers.limiter.leave(self._digest)
        if self._row is None or row.baseline != self._row.baseline:
            self._saved = dollars(row.baseline)  # nothing is spent
        self._row = row
        self._head = self._head or _head(self._headers, len(self._body))
        told = (decision.encode(), age(entry, now), self._saved, self._date(now))
        return CHANGED % (self._head, *told, self._body)

    def _date(self, now: float) -> bytes:
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, formatdate(second, usegmt=True).encode()
        return self._stamp


def _head(headers: Headers, size_bytes: int) -> bytes:
    """The lines of a response that do not change."""
    lines = [b"HTTP/1.1 200 OK", *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join([*lines, b"content-length: %d" % size_bytes])
