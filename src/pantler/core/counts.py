"""What was seen of one arm: how often, and the sums, of four kinds; in 80 bytes where the core is compiled."""

from typing import Final

# What is tallied of an arm: its cost, seconds, 0 or 1, 0 or 1.
CHARGED: Final = 0
SECONDS: Final = 1
WRONG: Final = 2
DEFERRED: Final = 3

Eight = tuple[float, float, float, float, float, float, float, float]  # four counts, then their four sums


class Counts:
    """Counts of each kind, and beside them the sums; there is one for each query told apart and arm."""

    __slots__ = ("calls", "charged", "deferred", "judged", "labels", "seconds", "timed", "wrong")

    def __init__(self) -> None:
        self.calls = self.timed = self.labels = self.judged = 0.0
        self.charged = self.seconds = self.wrong = self.deferred = 0.0

    @classmethod
    def restored(cls, kept: Eight) -> "Counts":
        """As it was when `kept` was taken."""
        made = cls()
        made.calls, made.timed, made.labels, made.judged = kept[0], kept[1], kept[2], kept[3]
        made.charged, made.seconds, made.wrong, made.deferred = kept[4], kept[5], kept[6], kept[7]
        return made

    def kept(self) -> Eight:
        """All that it holds."""
        numbers = self.calls, self.timed, self.labels, self.judged
        return *numbers, self.charged, self.seconds, self.wrong, self.deferred

    def of(self, kind: int) -> tuple[float, float]:
        """How many observations of a kind there were, and their sum."""
        if kind == CHARGED:
            return self.calls, self.charged
        if kind == SECONDS:
            return self.timed, self.seconds
        if kind == WRONG:
            return self.labels, self.wrong
        return self.judged, self.deferred

    def add(self, kind: int, value: float) -> None:
        """One more observation of a kind."""
        number, total = self.of(kind)
        self._put(kind, number + 1.0, total + value)

    def fade(self, kind: int, horizon: float) -> None:
        """Halve the count that has come to the horizon, and its sum."""
        number, total = self.of(kind)
        if number >= horizon:
            self._put(kind, number / 2.0, total / 2.0)

    def _put(self, kind: int, number: float, total: float) -> None:
        if kind == CHARGED:
            self.calls, self.charged = number, total
        elif kind == SECONDS:
            self.timed, self.seconds = number, total
        elif kind == WRONG:
            self.labels, self.wrong = number, total
        else:
            self.judged, self.deferred = number, total


NOTHING: Final = Counts()
