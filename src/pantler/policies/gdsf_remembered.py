"""GDSF whose counts outlive eviction in a small ageing sketch."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + n c / s, n also counting arrivals while absent."""
    return clock + frequency * cost / size


class GDSFRemembered(msgspec.Struct, frozen=True):
    """For one-hit floods and returning keys (theory 2.4)."""

    ages = True
    admits_all = True
    memory = "nibbles"
    half_life = None
    priority = staticmethod(priority)
