"""Notices who asks the same again soon after, and will not have what is stored: a word against the answer."""

from collections.abc import Callable

from pantler.core.recent import Recent
from pantler.live.errands import Errand

MOST = 10_000  # answers of which a client may still be discontented


class AskedAnew:
    """Calls `discontented` with the errand and the decision before it, where `seconds` have not passed since.

    The client is who shows the same key and gives the same `user`, if any. Asking again in the ordinary way is no word:
    what is popular is asked again by many.
    """

    def __init__(self, discontented: Callable[[Errand, str], object]) -> None:
        self.seconds = 0.0
        self._discontented = discontented
        self._last: Recent[int, tuple[str, float]] = Recent()

    def note(self, errand: Errand) -> None:
        """One more request that was read."""
        if errand.bypass or not self.seconds:
            return
        who = hash((errand.query.key, errand.holder, errand.ask.body.get("user")))  # which may be as long as a body
        before = self._last.get(who)
        self._last.write(who, (errand.decision, errand.time), MOST)
        if before is not None and not errand.wishes.looks and errand.time - before[1] <= self.seconds:
            self._discontented(errand, before[0])
