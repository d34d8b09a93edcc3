"""The way of a hit whose bytes are new: it is answered as soon as its last byte has come, without a task.

It does all that the long way does, and counts nothing where the answer is not there, or may not be given: then the
request goes the long way, with what has been read of it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pantler.core.rows import new_decision
from pantler.gateway.desk import sender
from pantler.gateway.exchange import Arrival
from pantler.gateway.offers import Remember
from pantler.gateway.readings import Reading, Sender
from pantler.gateway.ready import ready, response
from pantler.gateway.replies import Refused
from pantler.gateway.wire import Wire
from pantler.live.errands import Hit

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers

LARGEST_BODY = 64 << 10  # bytes of a request that is read while all others wait


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
        head = dict(headers)
        try:
            who = sender(self._answers.desk.holder(head), head)
        except Refused:
            return None
        return AtOnce(self._answers, wire, who) if who.wishes.looks else None


class AtOnce:
    """Answers hits on requests that come with one head; called with a body, and what is told of its next coming."""

    __slots__ = ("_answers", "_desk", "_sender", "_wire")

    def __init__(self, answers: "Answers", wire: Wire, who: Sender) -> None:
        self._answers = answers
        self._desk = answers.desk
        self._wire = wire
        self._sender = who

    def __call__(self, body: bytes, remember: Remember) -> bytes | Reading | None:
        """The whole response of a hit; else what has been read, if it can be."""
        answers, desk = self._answers, self._desk
        began = answers.clocks.monotonic()
        if answers.desk is not desk or answers.is_closed:
            return None
        try:
            reading = desk.reading(self._wire, body, self._sender)
        except Refused:
            return None
        if reading.bypass or (reading.request.streamed and reading.route.pace_replay):
            return reading
        now = answers.clocks.wall()
        entry = answers.loop.fresh(reading.key, self._sender.wishes.max_age_seconds, now)
        holder = self._sender.holder.key.digest
        if entry is None or answers.limiter.admit(holder) is not None:
            return reading
        try:
            arrival = Arrival(new_decision(now, next(answers.chance)), began, now)
            errand = desk.errand(reading, arrival)
            if answers.noted is not None:
                answers.noted(errand)
            hit = answers.loop.look(errand)
            assert isinstance(hit, Hit), "what would be served is"
            row = answers.books.served(errand, hit)
        finally:
            answers.limiter.leave(holder)
        if answers.lately.note(holder, body):
            answers.offer(remember, self._wire, errand, hit)
        return response(ready(self._wire, errand, entry), entry, row, answers.dates.at(now))
