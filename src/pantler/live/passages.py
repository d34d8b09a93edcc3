"""One client's way to an answer: a place on a flight, then on its successor where that fails."""

from collections.abc import Callable
from functools import partial
from typing import Final

from pantler.core.errors import ProviderError
from pantler.core.types import Call
from pantler.live.errands import Errand, Landing
from pantler.live.flight import Flight

Board = Callable[[Flight[Landing] | None], tuple[Flight[Landing], bool]]

PASSING: Final = frozenset({408, 429})  # statuses below 500 that another call may not meet again


class Passage:
    """Reads one flight for a client; `board` gives the flight, or the successor of the one that has failed.

    `leads` says whether the flight was started for this client. Only a follower is handed over, once, while it has
    been given nothing yet, unless an upstream was asked the same twice already.
    """

    def __init__(self, errand: Errand, board: Board) -> None:
        self.errand = errand
        self._board = board
        self._has_begun = False
        self._is_stopped = False
        flight, self.leads = board(None)
        self._reader = flight.follow(errand.ask.deadline)

    @property
    def tier(self) -> str:
        """What the ledger and the client call it."""
        if self.errand.bypass:
            return "bypass"
        return "miss" if self.leads else "coalesced"

    @property
    def model(self) -> str:
        """Which model is answering; empty while that is not known."""
        return self._reader.flight.model

    @property
    def call(self) -> Call | None:
        """What was decided to ask."""
        return self._reader.flight.call

    @property
    def is_over(self) -> bool:
        """Whether the call has ended, however it did."""
        return self._reader.flight.landed

    @property
    def spent(self) -> int | None:
        """What the call has spent in nano-dollars, once it is over; None where it has no price."""
        return self._reader.flight.spent

    async def pieces(self) -> list[bytes]:
        """The pieces that have come since the last call; none once the answer is complete."""
        try:
            fresh = await self._reader.pieces()
        except ProviderError as error:
            if not self._may_change(error):
                raise
            self._change()
            fresh = await self._reader.pieces()
        if not fresh and not self._has_begun:  # it came whole
            fresh = self.errand.shape.split((await self._reader.value()).entry.body)
        self._has_begun = True
        return fresh

    async def answer(self) -> Landing:
        """The whole answer."""
        try:
            return await self._reader.value()
        except ProviderError as error:
            if not self._may_change(error):
                raise
            self._change()
            return await self._reader.value()

    def tell(self, told: Callable[[Landing | Exception], object]) -> None:
        """Have `told`, which raises nothing, told once what `answer` would return or raise: for who has no task."""
        self._reader.tell(partial(self._tell, told))

    def stop(self) -> None:
        """The client has gone: whoever waits here raises ClientLeft."""
        self._is_stopped = True
        self._reader.stop()

    def leave(self) -> None:
        """Nothing more is wanted."""
        self._reader.leave()

    def desert(self, failure: Exception) -> None:
        """The client of whoever started the flight has its end already, though the call goes on for others."""
        self._reader.flight.deserted = failure

    def _tell(self, told: Callable[[Landing | Exception], object], end: Landing | Exception) -> None:
        if not (isinstance(end, ProviderError) and self._may_change(end)):
            told(end)
            return
        try:
            self._change()
        except Exception as error:  # noqa: BLE001 whatever keeps the successor from being started, it is the end
            told(error)
        else:
            self._reader.tell(told)

    def _may_change(self, error: ProviderError) -> bool:
        """Whether there is to be a successor to a flight that failed so."""
        status = error.status
        may_pass = status is None or status >= 500 or status in PASSING
        may_pass = may_pass and self._reader.flight.hands_over
        return may_pass and not (self.leads or self._has_begun or self._is_stopped)

    def _change(self) -> None:
        """Change to the successor."""
        failed = self._reader
        flight, self.leads = self._board(failed.flight)
        self._reader = flight.follow(self.errand.ask.deadline)
        failed.leave()
