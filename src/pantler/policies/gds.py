"""Greedy Dual Size (Cao and Irani 1997), the Landlord of Young."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + c / s."""
    return clock + cost / size


class GDS(Worth):
    """k/(k-h+1)-competitive for any sizes and costs; blind to frequency."""

    ages: ClassVar[bool] = True
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = None
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
