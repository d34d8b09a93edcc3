"""Notices who asks the same again soon after, and will not have what is stored: a word against the answer."""

from collections.abc import Callable
from typing import Final

from pantler.core.generations import Generations
from pantler.core.types import NOT_TOLD_APART
from pantler.gateway.decisions import time_of
from pantler.gateway.readings import Arrival, Reading
from pantler.live.errands import Errand

MOST: Final = 5_000  # answers, or up to twice as many, of which a client may still be discontented


class AskedAnew:
    """Calls `discontented` with the errand and the decision before it, where `seconds` have not passed since.

    The client is who shows the same key and gives the same `user`, if any. Asking again in the ordinary way is no word:
    what is popular is asked again by many.
    """

    def __init__(self, discontented: Callable[[Errand, str], object]) -> None:
        self.seconds = 0.0
        self._discontented = discontented
        self._last: Generations[int, str] = Generations(MOST)  # the decision, by a number for who asked what

    def note(self, errand: Errand, key: int) -> None:
        """One more request that was read, told from others by a key, NOT_TOLD_APART where it has none."""
        if key == NOT_TOLD_APART or not self.seconds:
            return
        who = _who(key, errand.holder, errand.ask.body.get("user"))
        before = self._last.get(who)
        self._last.write(who, errand.decision)
        will_not_have_it = not errand.wishes.looks and errand.wishes.keeps  # who has nothing kept says no word by that
        if before is not None and will_not_have_it and errand.time - time_of(before) <= self.seconds:
            self._discontented(errand, before)

    def looked(self, reading: Reading, arrival: Arrival) -> None:
        """One more request, that was answered with what is stored."""
        if self.seconds:
            holder = reading.sender.holder.key.digest
            self._last.write(_who(reading.key, holder, reading.request.fields.get("user")), arrival.decision)

    def last(self, key: int, errand: Errand) -> str | None:
        """The last decision on the query of a key for the errand's client; None where that is not remembered."""
        return self._last.get(_who(key, errand.holder, errand.ask.body.get("user")))


def _who(key: int, holder: str, user: object) -> int:
    """A number, since the user field may be as long as a body."""
    return hash((key, holder, user))
