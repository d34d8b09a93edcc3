"""The straight way of a miss: its answer is written when its call lands, and no task waits for that.

It does all that the long way does for an answer that comes whole. What has to wait for anything but its call goes the
long way: a look for near questions, an appraisal, a stream, strict durability.
"""

from typing import TYPE_CHECKING

from pantler.core.types import Miss
from pantler.gateway.exchange import Exchange, unheard
from pantler.gateway.fitting import demand_fitting
from pantler.gateway.offers import Answer
from pantler.gateway.readings import Arrival, Reading
from pantler.gateway.ready import missed
from pantler.gateway.replies import worded_refusal
from pantler.gateway.whole import response
from pantler.live.errands import Landing
from pantler.live.passages import Passage

if TYPE_CHECKING:
    from pantler.gateway.answers import Answers
    from pantler.gateway.app import App


class GoesStraight:
    """Says which of the requests that have been read go straight."""

    def __init__(self, answers: "Answers", app: "App") -> None:
        self._answers = answers
        self._app = app

    def __call__(self, reading: object) -> "Straight | None":
        """The request on its straight way, None where it has to go the long way."""
        answers = self._answers
        if not isinstance(reading, Reading) or reading.desk is not answers.desk or answers.is_closed:
            return None
        waits = reading.route.semantic is not None or answers.appraising is not None or answers.committed is not None
        is_stream = reading.request.streamed and reading.wire.events is not None
        if waits or is_stream or not reading.sender.wishes.calls:
            return None
        if not reading.bypass and answers.loop.store.get(reading.key) is not None:  # it may be served, if stale
            return None
        return Straight(answers, self._app, reading)


class Straight:
    """One request that goes straight."""

    __slots__ = ("_answer", "_answers", "_app", "_exchange", "_is_inside", "_passage", "_reading")

    def __init__(self, answers: "Answers", app: "App", reading: Reading) -> None:
        clocks = answers.clocks
        time = clocks.wall()
        decision = answers.decisions.at(time)
        wire = reading.wire
        self._answers = answers
        self._app = app
        self._reading = reading
        self._exchange = Exchange(wire.path, {}, unheard, unheard, Arrival(decision, clocks.monotonic(), time))
        self._exchange.worded = wire.error
        self._is_inside = False  # whether the limits have let it in
        self._passage: Passage | None = None
        self._answer: Answer

    def go(self, answer: Answer) -> None:
        self._answer = answer
        self._app.in_flight += 1
        try:
            passage = self._board()
        except Exception as failure:  # noqa: BLE001 whatever it is, the client is answered
            self._refuse(failure)
        else:
            passage.tell(self._ended)

    def stop(self) -> None:
        if self._passage is not None:
            self._passage.stop()

    def _board(self) -> Passage:
        """Let it in, and find or make the call that answers it."""
        answers, exchange, reading = self._answers, self._exchange, self._reading
        digest = answers.admit(exchange, reading.sender.holder)
        self._is_inside = True
        demand_fitting(reading.wire, reading.request.fields)
        errand = exchange.errand = reading.desk.errand(reading, exchange.arrival)
        if answers.noted is not None:
            answers.noted(errand)
        answers.lately.note(digest, reading.body)
        found = answers.loop.look(errand)
        assert isinstance(found, Miss), "what is not stored is missed"
        passage = self._passage = answers.loop.answer(errand, found)
        exchange.tier = passage.tier  # also of an error
        exchange.is_noted = True  # by the call, or once it has ended
        return passage

    def _ended(self, end: Landing | Exception) -> None:
        """The call has landed, or is not waited for."""
        passage, exchange = self._passage, self._exchange
        assert passage is not None, "who is told has boarded"
        if isinstance(end, Exception):
            self._fail(passage, end)
            return
        try:
            answers, entry = self._answers, end.entry
            answers.settle(passage, end, exchange)
            answers.know(passage, end, exchange)
            self._answer(missed(exchange, entry, answers.dates.at(entry.stored_at)))
            self._leave()
        except Exception as failure:  # noqa: BLE001 whatever it is, the client is answered
            self._fail(passage, failure)
        else:
            passage.leave()

    def _fail(self, passage: Passage, failure: Exception) -> None:
        self._answers.desert(passage, self._exchange, failure)
        self._refuse(failure)
        passage.leave()

    def _refuse(self, failure: Exception) -> None:
        """Tell the client of a failure, unless it has gone."""
        exchange = self._exchange
        refusal = self._app.refusal(exchange, failure)
        if refusal is not None:
            answers = self._answers
            headers, body = worded_refusal(refusal, exchange.all_marks(), exchange.worded)
            date = (b"date", answers.dates.at(answers.clocks.wall()))
            self._answer(response(refusal.fault.status, [*headers, date], body))
        self._leave()

    def _leave(self) -> None:
        self._app.in_flight -= 1
        if self._is_inside:
            self._answers.limiter.leave(self._reading.sender.holder.key.digest)
