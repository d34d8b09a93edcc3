"""Least frequently used."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n."""
    return frequency


class LFU(msgspec.Struct, frozen=True):
    """Counts while resident, forgotten on eviction; blind to cost and size."""

    ages = False
    admits_all = True
    memory = None
    half_life = None
    priority = staticmethod(priority)
