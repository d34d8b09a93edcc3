"""Answers of one tenant's that another is served, so that neither headers nor time tell it whose they were.

Shown as a call that took as long as one of the route's latest did; when the same comes again, as a hit on that.
"""

from collections import defaultdict, deque
from random import Random

from pantler.core.recent import Recent
from pantler.core.types import Key
from pantler.live.errands import Errand, Veil

MOST_SHOWN = 10_000
LATEST = 64  # calls


class Veils:
    """What has been shown to whom, and how long the calls of each route take."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._seconds: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._shown: Recent[tuple[str, Key], tuple[Key, Veil]] = Recent()

    def took(self, route: str, seconds: float) -> None:
        """A call has taken so long, from the request to its answer."""
        self._seconds[route].append(seconds)

    def entry(self, errand: Errand) -> Key | None:
        """What a tenant was shown for this very query before."""
        shown = self._shown.get((errand.tenant, errand.query.key))
        return None if shown is None else shown[0]

    def over(self, errand: Errand, tier: str, key: Key) -> Veil:
        """What the tenant is told of the answer that is kept under the key."""
        name = (errand.tenant, errand.query.key)
        shown = self._shown.get(name)
        if shown is not None and shown[0] == key:
            return shown[1]
        seconds = self._seconds[errand.route.name]
        pace = self._chance.choice(seconds) if seconds else 0.0
        self._shown.write(name, (key, Veil("hit", errand.decision, errand.time)), MOST_SHOWN)
        return Veil("miss", errand.decision, errand.time, pace)
