"""Wall time that a jumping clock does not move."""

from collections.abc import Callable
from typing import Final

PATIENCE_SECONDS: Final = 600.0
TOLERANCE_SECONDS: Final = 2.0


class SteadyClock:
    """Seconds since the epoch: the wall clock's at the start, carried on by the monotonic one.

    A wall clock that says otherwise is believed once it has said so for `patience_seconds`: a wrong jump that is soon
    taken back neither opens a new day's budget nor shuts an old one, and a corrected clock is followed in the end.
    """

    def __init__(
        self, wall: Callable[[], float], monotonic: Callable[[], float], patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._patience = patience_seconds
        self._offset = wall() - monotonic()
        self._other: tuple[float, float] | None = None  # an offset that the wall clock insists on, since when

    def __call__(self) -> float:
        monotonic = self._monotonic()
        offset = self._wall() - monotonic
        if abs(offset - self._offset) <= TOLERANCE_SECONDS or self._insists(offset, monotonic):
            self._offset, self._other = offset, None
        return monotonic + self._offset

    def _insists(self, offset: float, monotonic: float) -> bool:
        if self._other is None or abs(offset - self._other[0]) > TOLERANCE_SECONDS:
            self._other = offset, monotonic
        return monotonic - self._other[1] >= self._patience


def whole_seconds(since: float, now: float) -> int:
    """How many have passed; none where a clock went back."""
    passed = int(now - since)
    return max(0, passed)
