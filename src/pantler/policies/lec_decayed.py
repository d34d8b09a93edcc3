"""LEC with forward decay: an arrival weighs twice as much as one a half-life earlier."""

from math import log2

import msgspec

from pantler.core.errors import ConfigError

LEAST = 1e-300  # stands for a cost of nothing, whose logarithm has no value


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = log2(w c / s), with log2 w as the frequency: forward-decayed, so that no stored priority ever has to fall."""
    return frequency + log2(max(cost / size, LEAST))


class LECDecayed(msgspec.Struct, frozen=True):
    """One knob from recency (`half_life` small, in arrivals per resident item) to plain LEC (endless; theory 2.4)."""

    half_life: float = 4.0

    ages = False
    admits_all = True
    memory = "nibbles"
    priority = staticmethod(priority)

    def __post_init__(self) -> None:
        if not self.half_life > 0.0:
            raise ConfigError(f"a half-life of {self.half_life} never passes; give arrivals per resident item, above 0")
