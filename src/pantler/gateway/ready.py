"""A response that serves a stored answer as fresh, all but what changes from one time to the next."""

from email.utils import formatdate
from functools import lru_cache
from typing import Final

from pantler.core.asks import Entry
from pantler.gateway.exchange import AGE, COST, DECISION, SAVED, Exchange, age
from pantler.gateway.replies import JSON, dollars, shown
from pantler.gateway.streaming import EVENTS, stored_events
from pantler.gateway.wire import Wire
from pantler.live.errands import Errand

JSON_LINES, EVENT_LINES = (b"\r\n".join(b"%s: %s" % line for line in lines) for lines in ([JSON], EVENTS))
MOST_HEADS: Final = 4096
FIXED: Final = (
    b"HTTP/1.1 200 OK\r\n%s\r\nx-pantler-cache: hit\r\nx-pantler-model: %s\r\nx-pantler-cost: "
    + dollars(0)
    + b"\r\ncontent-length: %d"
)
CHANGING: Final = b"%s\r\n" + DECISION + b": %s\r\n" + AGE + b": %d\r\n" + SAVED + b": %s\r\ndate: %s\r\n\r\n%s"
MISSED: Final = (
    b"HTTP/1.1 200 OK\r\n%s\r\nx-pantler-cache: %%s\r\n%s: %%s\r\nx-pantler-model: %%s\r\n%s: %%s\r\n"
    b"%s: %%s\r\n%s: %%s\r\ndate: %%s\r\ncontent-length: %%d\r\n\r\n%%s"
) % (JSON_LINES, DECISION, AGE, COST, SAVED)


class Ready:
    """What is the same in every response that serves an answer: the lines of its head, its body."""

    __slots__ = ("body", "head")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head = head
        self.body = body


def ready(wire: Wire, errand: Errand, entry: Entry) -> Ready:
    """An answer as a fresh hit on it serves it, whole or all its events at once."""
    if errand.streamed and wire.events is not None:
        body = b"".join(stored_events(wire, errand, entry))
        return Ready(_head(EVENT_LINES, entry.model, len(body)), body)
    return plain(entry)


def plain(entry: Entry) -> Ready:
    """An answer as a fresh hit on it serves it whole."""
    return Ready(_head(JSON_LINES, entry.model, len(entry.body)), entry.body)


@lru_cache(MOST_HEADS)
def _head(lines: bytes, model: str, length: int) -> bytes:
    return FIXED % (lines, shown(model), length)


@lru_cache(MOST_HEADS)
def _named(model: str) -> bytes:
    return shown(model)


def response(fixed: Ready, decision: str, age_seconds: int, baseline: int | None, date: bytes) -> bytes:
    """The whole response to a request that was decided on by this id, and cost nothing."""
    return CHANGING % (fixed.head, decision.encode(), age_seconds, dollars(baseline), date, fixed.body)


def missed(exchange: Exchange, entry: Entry, date: bytes) -> bytes:
    """The whole response to a request that a call has answered, of which it is known what it cost and saved."""
    marks = exchange.tier.encode(), exchange.decision.encode(), _named(entry.model), age(entry, exchange.arrival.time)
    return MISSED % (*marks, *exchange.sums, date, len(entry.body), entry.body)


class Dates:
    """The value of a Date header, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._said = b""

    def at(self, now: float) -> bytes:
        """The date at so many seconds since the epoch."""
        second = int(now)
        if second != self._second:
            self._second, self._said = second, formatdate(second, usegmt=True).encode()
        return self._said
