"""Greedy Dual Size with Frequency (Cherkasova 1998)."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = A + n c / s."""
    return clock + frequency * cost / size


class GDSF(msgspec.Struct, frozen=True):
    """Counts while resident, forgotten on eviction; A ages what is no longer asked."""

    ages = True
    admits_all = True
    memory = None
    half_life = None
    priority = staticmethod(priority)
