"""Least expected cost as in the paper: strict admission, counts that never age (Zhu et al. 2023)."""

import msgspec


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = n c / s, which ranks as P(q) c(q) / s(q) does."""
    return frequency * cost / size


class LEC(msgspec.Struct, frozen=True):
    """Near-optimal on independent draws; stuck where popularity drifts. The newcomer loses ties."""

    ages = False
    admits_all = False
    memory = "counts"
    half_life = None
    priority = staticmethod(priority)
