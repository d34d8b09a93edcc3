"""Greedy Dual Size (Cao and Irani 1997), the Landlord of Young."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + c / s."""
    return clock + cost / size


class GDS(msgspec.Struct, frozen=True):
    """k/(k-h+1)-competitive for any sizes and costs; blind to frequency."""

    ages = True
    admits_all = True
    memory = None
    half_life = None
    priority = staticmethod(priority)
