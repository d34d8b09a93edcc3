"""LEC that admits every newcomer."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n c / s."""
    return frequency * cost / size


class LECOpen(Worth):
    """The paper's ranking without its admission rule, which costs 1 to 14 points on real traces (theory 2.4)."""

    ages: ClassVar[bool] = False
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = "counts"
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
