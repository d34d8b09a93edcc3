"""The way of a hit whose bytes are new: it is answered as soon as its last byte has come, without a task.

It does all that the long way does, and counts nothing where the answer is not there, or may not be given: then the
request goes the long way, with what has been read of it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pantler.core.asks import Entry
from pantler.core.types import Query
from pantler.gateway import heads
from pantler.gateway.clock import whole_seconds
from pantler.gateway.desk import sender
from pantler.gateway.explaining import explains
from pantler.gateway.known_bodies import blank
from pantler.gateway.offers import Remember
from pantler.gateway.readings import Arrival, Reading, Sender
from pantler.gateway.ready import ready, response
from pantler.gateway.replies import Refused
from pantler.gateway.wire import Wire

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers


class Reception:
    """Reads the heads of requests: for each that will do, the way in which its body is answered at once."""

    def __init__(self, answers: "Answers", wires: Iterable[Wire]) -> None:
        self._answers = answers
        self._wires = {wire.path.encode(): wire for wire in wires}

    def __call__(self, path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> "AtOnce | None":
        """How to answer a POST of so much; None where it has to go the long way, to be refused there or not."""
        wire = self._wires.get(path)
        if wire is None or self._answers.committed is not None:  # what waits cannot be answered at once
            return None
        head = heads.read(headers)
        if explains(head):  # what the decision was is told the long way
            return None
        try:
            who = sender(self._answers.desk.holder(head), head)
        except Refused:
            return None
        return AtOnce(self._answers, wire, who) if who.wishes.looks else None


class AtOnce:
    """Answers hits on requests that come with one head; called with a body, and what is told of its next coming."""

    __slots__ = ("_answers", "_desk", "_digest", "_oldest", "_place", "_sender", "_tenant", "_wire")

    def __init__(self, answers: "Answers", wire: Wire, who: Sender) -> None:
        self._answers = answers
        self._desk = answers.desk
        self._wire = wire
        self._sender = who
        self._digest = who.holder.key.digest
        self._place = f"{self._digest} {wire.path}"
        self._tenant = who.holder.tenant.name
        self._oldest = who.wishes.max_age_seconds

    def __call__(self, body: bytes, remember: Remember) -> bytes | Reading | None:
        """The whole response of a hit; else what has been read, if it can be."""
        answers, desk = self._answers, self._desk
        began = answers.clocks.monotonic()
        if answers.desk is not desk or answers.is_closed:
            return None
        found = blank(body)
        known = None if found is None else desk.bodies.find(found, self._place, self._sender, body)
        try:
            reading = desk.reading(self._wire, body, self._sender) if known is None else known
        except Refused:
            return None
        if reading.bypass or (reading.request.streamed and reading.route.pace_replay):
            return reading
        now = answers.clocks.wall()
        entry = answers.loop.fresh(reading.key, self._oldest, now)
        if entry is None or not answers.limiter.passes(self._digest):
            return reading
        if found is not None and known is None:
            desk.bodies.learn(found, self._place, reading)
        return self._served(reading, entry, Arrival(answers.decisions.at(now), began, now), remember)

    def _served(self, reading: Reading, entry: Entry, arrival: Arrival, remember: Remember) -> bytes:
        """The response; an errand is made of it only where somebody has to know one."""
        answers = self._answers
        books, loop = answers.books, answers.loop
        serve = loop.visit(Query(reading.key, route=reading.route.name), arrival.time)
        series = books.series(reading.key, self._tenant, entry, reading.request.fields)
        hit = series.hit(serve, entry)
        row = books.standing(series, hit)
        if answers.looked is not None:
            answers.looked(reading, arrival)
        comes_again = answers.lately.note(self._digest, reading.body)
        if row is not None and serve.upgrade is None and not (comes_again or reading.request.streamed or books.watches):
            books.again(row, arrival, None)
            fixed = series.plain(entry)
        else:
            errand = self._desk.errand(reading, arrival)
            loop.upgrade(errand, serve)
            row = books.served(errand, hit)
            fixed = ready(self._wire, errand, entry)
            if comes_again:
                answers.offer(remember, self._wire, errand, hit)
        date = answers.dates.at(arrival.time)
        old = whole_seconds(entry.stored_at, arrival.time)
        return response(fixed, arrival.decision, old, row.baseline, date)
