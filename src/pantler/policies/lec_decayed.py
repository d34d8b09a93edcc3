"""LEC with forward decay: an arrival weighs twice as much as one a half-life earlier."""

from math import log2
from typing import ClassVar, Final

from pantler.core.errors import ConfigError
from pantler.core.order import Priority, Worth

LEAST: Final = 1e-300  # stands for a cost of nothing, whose logarithm has no value


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = log2(w c / s), with log2 w as the frequency: forward-decayed, so that no stored priority ever has to fall."""
    return frequency + log2(max(cost / size, LEAST))


class LECDecayed(Worth):
    """One knob from recency (`half_life` small, in arrivals per resident item) to plain LEC (endless; theory 2.4)."""

    ages: ClassVar[bool] = False
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = "nibbles"
    priority: ClassVar[Priority] = staticmethod(priority)

    def __init__(self, half_life: float = 4.0) -> None:
        if not half_life > 0.0:
            raise ConfigError(f"a half-life of {half_life} never passes; give arrivals per resident item, above 0")
        self.half_life: float = half_life

    def __repr__(self) -> str:
        return f"LECDecayed(half_life={self.half_life})"

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)
