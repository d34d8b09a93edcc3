"""How often a failed call of an upstream may be tried again: seldom, after a random pause, out of a budget."""

from random import Random
from typing import Final

from pantler.core.errors import ProviderError

TRIES: Final = 3  # of one call, the first included
SHARE: Final = 0.1  # of the calls that succeeded may be tried again,
RESERVE: Final = 3.0  # retries that a start has before anything succeeded: of 1,000 calls that fail 3, where 100 may be
MOST_SAVED: Final = 10.0  # counted over the last hundred of them, so that retries cannot pile up in good times
FIRST_PAUSE_SECONDS: Final = 0.1  # the most before the first retry, doubled for each further one
LONGEST_PAUSE_SECONDS: Final = 2.0
LONGEST_WAIT_SECONDS: Final = 5.0  # that an upstream may ask for; after a longer one the call is handed on instead


class Retries:
    """The budget of one upstream: a small reserve, then what its successes earn."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._saved = RESERVE

    def succeeded(self) -> None:
        """A call brought its answer."""
        self._saved = min(MOST_SAVED, self._saved + SHARE)

    def pause(self, error: ProviderError, tries: int, seconds_left: float) -> float | None:
        """Seconds to wait before trying again, which is then paid for; None where it must not be."""
        asked = error.retry_after_seconds or 0.0
        if not error.may_retry or tries >= TRIES or asked > LONGEST_WAIT_SECONDS or self._saved < 1.0 - 1e-9:
            return None
        most = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1))
        pause = asked + self._chance.uniform(0.0, most)  # full jitter
        if pause >= seconds_left:
            return None
        self._saved -= 1.0
        return pause
