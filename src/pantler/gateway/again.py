"""The short way of a hit: the same bytes come again, and are answered without being parsed.

It does all that the long way does (limits, the arrival, expiry, the ledger's row), and nothing at all where anything is
not as it was: then the request goes the long way.
"""

import os
from email.utils import formatdate
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pantler.core.asks import Entry
from pantler.core.rows import new_decision
from pantler.gateway.exchange import AGE, DECISION, SAVED, Exchange, age, saving
from pantler.gateway.replies import Headers
from pantler.live.errands import Hit

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers

DATE = b"date"
LARGEST_BODY = 256 << 10  # bytes of a response that is kept ready


class Again:
    """Answers one request's bytes with one entry; `headers` and `body` are what does not change of the response."""

    __slots__ = ("_answers", "_body", "_desk", "_digest", "_entry", "_errand", "_head", "_second", "_stamp")

    def __init__(self, answers: "Answers", exchange: Exchange, entry: Entry, ready: tuple[Headers, bytes]) -> None:
        assert exchange.errand is not None
        assert exchange.holder is not None
        headers, self._body = ready
        lines = [b"HTTP/1.1 200 OK", *(b"%s: %s" % header for header in headers)]
        self._head = b"\r\n".join([*lines, b"content-length: %d" % len(self._body)])
        self._answers = answers
        self._desk = answers.desk
        self._errand = exchange.errand
        self._digest = exchange.holder.key.digest
        self._entry = entry
        self._second = 0
        self._stamp = b""

    def __call__(self) -> bytes | None:
        answers, entry = self._answers, self._entry
        now = answers.clocks.wall()
        if answers.desk is not self._desk or not answers.loop.would_serve(self._errand, entry, now):
            return None
        if answers.limiter.admit(self._digest) is not None:
            return None
        try:
            decision = new_decision(now, os.urandom(10))
            errand = replace(self._errand, decision=decision, time=now, began=answers.clocks.monotonic())
            found = answers.loop.look(errand)
            assert isinstance(found, Hit), "what would be served is"
            saved = answers.books.served(errand, found)
        finally:
            answers.limiter.leave(self._digest)
        told = (
            (DECISION, decision.encode()),
            (AGE, age(entry, now)),
            (SAVED, saving(saved, 0)),
            (DATE, self._date(now)),
        )
        return b"\r\n".join((self._head, *(b"%s: %s" % header for header in told), b"", self._body))

    def _date(self, now: float) -> bytes:
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, formatdate(second, usegmt=True).encode()
        return self._stamp
