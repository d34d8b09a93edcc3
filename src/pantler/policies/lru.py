"""Least recently used."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = number of the last touch."""
    return touched


class LRU(msgspec.Struct, frozen=True):
    """Blind to cost, size and frequency: the baseline of every table."""

    ages = False
    admits_all = True
    memory = None
    half_life = None
    priority = staticmethod(priority)
