"""Least frequently used."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n."""
    return frequency


class LFU(Worth):
    """Counts while resident, forgotten on eviction; blind to cost and size."""

    ages: ClassVar[bool] = False
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = None
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
