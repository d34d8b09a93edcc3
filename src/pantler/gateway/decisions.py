"""The ids of decisions: milliseconds since the epoch, then ten random bytes, so that an index grows at its end.

Random bytes of the operating system are fetched for many at a time: a call for few costs as much as one for many.
"""

from os import urandom
from typing import Final

CHANCE_BYTES: Final = 10
DIGITS: Final = 2 * CHANCE_BYTES
AT_ONCE: Final = 400
NAME: Final = "dec_"
TIME: Final = slice(len(NAME), len(NAME) + 12)


class Decisions:
    """Draws ids, for one thread."""

    def __init__(self) -> None:
        self._millisecond = -1
        self._begun = ""
        self._chance = ""
        self._at = 0

    def at(self, now: float) -> str:
        """One that nobody has, of so many seconds since the epoch."""
        millisecond = int(now * 1000.0)
        if millisecond != self._millisecond:
            self._millisecond, self._begun = millisecond, f"{NAME}{millisecond & 0xFFFFFFFFFFFF:012x}"
        if self._at >= len(self._chance):
            self._chance, self._at = urandom(CHANCE_BYTES * AT_ONCE).hex(), 0
        at = self._at
        self._at = at + DIGITS
        return self._begun + self._chance[at : at + DIGITS]


def time_of(decision: str) -> float:
    """When it was drawn, in seconds since the epoch, to the millisecond."""
    return int(decision[TIME], 16) / 1000.0
