"""Least expected cost as in the paper: strict admission, counts that never age (Zhu et al. 2023)."""

from typing import ClassVar

from pantler.core.order import Priority, Worth


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n c / s, which ranks as P(q) c(q) / s(q) does."""
    return frequency * cost / size


class LEC(Worth):
    """Near-optimal on independent draws; stuck where popularity drifts. The newcomer loses ties."""

    ages: ClassVar[bool] = False
    admits_all: ClassVar[bool] = False
    memory: ClassVar[str | None] = "counts"
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
