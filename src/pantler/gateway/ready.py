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

# What stands before each value that changes: joined, they are a response in a third of the time that a format takes.
DECISION_IS: Final = b"\r\n" + DECISION + b": "
AGE_IS: Final = b"\r\n" + AGE + b": "
COST_IS: Final = b"\r\n" + COST + b": "
SAVED_IS: Final = b"\r\n" + SAVED + b": "
DATE_IS: Final = b"\r\ndate: "
MODEL_IS: Final = b"\r\nx-pantler-model: "
LENGTH_IS: Final = b"\r\ncontent-length: "
END: Final = b"\r\n\r\n"
MISSED: Final = b"HTTP/1.1 200 OK\r\n" + JSON_LINES + b"\r\nx-pantler-cache: "


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
    said, old = decision.encode(), b"%d" % age_seconds
    parts = [fixed.head, DECISION_IS, said, AGE_IS, old, SAVED_IS, dollars(baseline), DATE_IS, date, END, fixed.body]
    return b"".join(parts)


def missed(exchange: Exchange, entry: Entry, date: bytes) -> bytes:
    """The whole response to a request that a call has answered, of which it is known what it cost and saved."""
    body, old, (spent, saved) = entry.body, age(entry, exchange.arrival.time), exchange.sums
    marks = [MISSED, exchange.tier.encode(), DECISION_IS, exchange.decision.encode(), MODEL_IS, _named(entry.model)]
    sums = [AGE_IS, old, COST_IS, spent, SAVED_IS, saved, DATE_IS, date, LENGTH_IS, b"%d" % len(body), END, body]
    return b"".join(marks + sums)


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
