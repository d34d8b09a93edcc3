"""Stops calls of an upstream that only fails, and lets one through at a time to see whether it is back."""

from collections.abc import Callable
from random import Random
from typing import Final

from pantler.core.errors import ProviderError

FAILURES: Final = 10  # in a row, at which it opens,
SECONDS: Final = 2.0  # or this long of nothing but failures,
FEWEST: Final = 3  # of which there were so many
FIRST_PAUSE_SECONDS: Final = 1.0  # doubled by each probe that fails,
LONGEST_PAUSE_SECONDS: Final = 30.0  # up to this


class Breaker:
    """Closed while calls succeed, open after failures, half-open with one probe under way.

    Each call that `permit` lets through ends in `succeeded`, `failed`, `limited` or `undecided`, told whether it was a
    probe. Where all that failed since the last success was one asker's, it opens for that one alone: it may be what
    that one asks. An empty asker stands for all.
    """

    def __init__(self, name: str, clock: Callable[[], float], chance: Random) -> None:
        self._name = name
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._failing_since = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._opens_again: float | None = None  # when a probe may go; None while closed
        self._probing = False
        self._asker: str | None = None  # whose calls fail; empty once they are several's, None while none do

    @property
    def is_open(self) -> bool:
        """Whether everybody's calls are stopped, but for a probe."""
        return self._opens_again is not None and not self._asker

    def permit(self, asker: str = "") -> bool:
        """Whether the call that may go now is a probe; raises ProviderError where none may."""
        if self._opens_again is None or (self._asker and asker != self._asker):
            return False
        wait = self._opens_again - self._clock()
        if wait > 0 or self._probing:
            raise ProviderError(
                f"{self._name} has failed {self._failures} times in a row; it is not asked again yet",
                kind="stopped",
                retry_after_seconds=max(wait, FIRST_PAUSE_SECONDS),
            )
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The upstream answered, if only with a refusal of what was asked."""
        self._failures = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._opens_again = None
        self._probing = False
        self._asker = None

    def failed(self, *, probe: bool, wait_seconds: float = 0.0, asker: str = "") -> None:
        """The upstream failed; `wait_seconds` is how long it asks to be left alone."""
        now = self._clock()
        self._asker = asker if self._asker in (None, asker) else ""
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        if probe or (self._opens_again is None and self._enough(now)):
            self._open(now, wait_seconds)
        self.undecided(probe=probe)

    def limited(self, *, probe: bool) -> None:
        """The upstream had no room for the call: it lives, which says nothing of the calls that it has room for."""
        if probe:
            self.succeeded()

    def undecided(self, *, probe: bool) -> None:
        """The call ended before anything was known, as when nobody waited for it any longer."""
        if probe:
            self._probing = False

    def _enough(self, now: float) -> bool:
        return self._failures >= FAILURES or (self._failures >= FEWEST and now - self._failing_since >= SECONDS)

    def _open(self, now: float, wait_seconds: float) -> None:
        pause = self._pause * self._chance.uniform(0.5, 1.0)  # for many gateways not to probe in step
        self._opens_again = now + min(max(pause, wait_seconds), LONGEST_PAUSE_SECONDS)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
