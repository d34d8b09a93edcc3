"""GDSF whose counts outlive eviction in a small ageing sketch."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + n c / s, n also counting arrivals while absent."""
    return clock + frequency * cost / size


class GDSFRemembered(Worth):
    """For one-hit floods and returning keys (theory 2.4)."""

    ages: ClassVar[bool] = True
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = "nibbles"
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
