"""What is noticed of a model all at once: that it is right less or more often than was said, or charges otherwise."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

DEGRADED, IMPROVED, DEARER, CHEAPER = "degraded", "improved", "dearer", "cheaper"


class Notice(NamedTuple):
    """A change of a model; `factor` is by how much its price has changed, 1 where it is none of price."""

    model: str
    change: str
    factor: float = 1.0


class Notices:
    """Counts changes by model and kind, and tells each to `tell`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.tell: Callable[[Notice], None] = _nobody

    def note(self, notice: Notice) -> None:
        """One more."""
        self.counts[notice.model, notice.change] += 1
        self.tell(notice)


def _nobody(notice: Notice) -> None:
    """Nobody listens."""
