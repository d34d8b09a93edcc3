"""Hears what answers say against themselves, once they are sent: a word in the ledger, a failure of their model."""

import asyncio
from collections import deque
from typing import Final

from pantler.core.failing import Failing
from pantler.core.seen import seen_of
from pantler.gateway.ratings import Ratings
from pantler.live.errands import Errand, Landing
from pantler.texts.forms import form_of
from pantler.texts.telltales import telltale

HEARD: Final = frozenset({"chat", "completion"})  # operations whose answers say anything


class Overhearing:
    """Tells `ratings` the words, and `failing` of every answer how surely it is none."""

    def __init__(self, ratings: Ratings, failing: Failing) -> None:
        self._ratings = ratings
        self._failing = failing
        self._waiting: deque[tuple[Errand, Landing, str | None]] = deque()

    def landed(self, errand: Errand, landing: Landing) -> None:
        """An answer has come; it is looked at after it was sent."""
        if errand.ask.operation in HEARD and errand.tenant:
            seen = seen_of(landing.entry.body)
            self._waiting.append((errand, landing, None if seen is None else seen.text))
            if len(self._waiting) == 1:
                asyncio.get_running_loop().call_soon(self._hear_all)

    def _hear_all(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                errand, landing, text = waiting.popleft()
                self._hear(errand, landing, text)
        finally:
            if waiting:  # one that failed keeps no other from being heard
                asyncio.get_running_loop().call_soon(self._hear_all)

    def _hear(self, errand: Errand, landing: Landing, text: str | None) -> None:
        entry, body = landing.entry, errand.ask.body
        signal = telltale(body, entry.body, is_bounded=errand.most_out is not None, text=text)
        if not errand.passes_on:
            place = errand.route_name, entry.model, form_of(body)
            self._failing.answered(place, errand.time, self._sure(signal))
        if signal:
            self._ratings.overheard(errand, errand.decision, signal)

    def _sure(self, signal: str) -> float:
        """How far its word goes beyond what is true of an answer as likely right as wrong."""
        return 2.0 * self._ratings.signals.reliability(signal, 0.0) - 1.0 if signal else 0.0
