"""Answers of one tenant's that another is served, so that neither headers nor time tell it whose they were.

Shown as a call that took as long as one of the route's latest did, of those that were streamed where it is; when the
same comes again, as a hit on that.
"""

from collections import defaultdict, deque
from random import Random
from typing import NamedTuple

import msgspec

from pantler.core.recent import Recent
from pantler.core.types import Key
from pantler.live.errands import Errand

MOST_SHOWN = 10_000
LATEST = 64  # calls


class Took(NamedTuple):
    """How long a call took, `rest_seconds` of that after its first piece; nothing of it where the answer came whole."""

    seconds: float = 0.0
    rest_seconds: float = 0.0


class Veil(msgspec.Struct, frozen=True, gc=False):
    """What a client is told of an answer that is another tenant's: as if it had been given to its own `decision`.

    `tier` is what is shown, `time` when it was first given; it is to arrive as `seconds` after the request began, where
    it is streamed with its first piece `rest_seconds` before that.
    """

    tier: str
    decision: str
    time: float
    seconds: float = 0.0
    rest_seconds: float = 0.0


class Veils:
    """What has been shown to whom, and how long the calls of each route take."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._seconds: dict[tuple[str, bool], deque[Took]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._shown: Recent[tuple[str, Key], tuple[Key, Veil]] = Recent()

    def took(self, errand: Errand, seconds: float, rest_seconds: float | None) -> None:
        """A call has taken so long, from the request to its answer, and from the first piece of a stream on."""
        self._seconds[errand.route.name, errand.streamed].append(Took(seconds, rest_seconds or 0.0))

    def entry(self, errand: Errand) -> Key | None:
        """What a tenant was shown for this very query before."""
        shown = self._shown.get((errand.tenant, errand.query.key))
        return None if shown is None else shown[0]

    def over(self, errand: Errand, key: Key) -> Veil:
        """What the tenant is told of the answer that is kept under the key."""
        name = (errand.tenant, errand.query.key)
        shown = self._shown.get(name)
        if shown is not None and shown[0] == key:
            return shown[1]
        latest = self._seconds[errand.route.name, errand.streamed]
        latest = latest or self._seconds[errand.route.name, not errand.streamed]
        took = self._chance.choice(latest) if latest else Took()
        self._shown.write(name, (key, Veil("hit", errand.decision, errand.time)), MOST_SHOWN)
        return Veil("miss", errand.decision, errand.time, *took)
