"""LEC that admits every newcomer."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n c / s."""
    return frequency * cost / size


class LECOpen(msgspec.Struct, frozen=True):
    """The paper's ranking without its admission rule, which costs 1 to 14 points on real traces (theory 2.4)."""

    ages = False
    admits_all = True
    memory = "counts"
    half_life = None
    priority = staticmethod(priority)
