"""Greedy Dual Size with Frequency (Cherkasova 1998)."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + n c / s."""
    return clock + frequency * cost / size


class GDSF(Worth):
    """Counts while resident, forgotten on eviction; A ages what is no longer asked."""

    ages: ClassVar[bool] = True
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = None
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
