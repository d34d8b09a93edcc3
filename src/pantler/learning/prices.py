"""What models charge beside what was expected of them: a mean ratio that follows the last calls.

ratio_m += RATE (paid / expected - ratio_m)                     after each call of m that was expected to cost
"""

from typing import Any

import msgspec

RATE = 0.02
OFF = 0.01
LARGEST = 100.0  # what one call may count for, a model that was expected to be all but free being no measure


class Ratios:
    """By model; 1 until a call was paid for."""

    def __init__(self) -> None:
        self.any_off = False  # whether any ratio has been a hundredth from 1
        self._ratios: dict[str, float] = {}

    def paid(self, model: str, expected: float, paid: float) -> None:
        """One call, in nano-dollars."""
        if expected > 0.0:
            before = self._ratios.get(model, 1.0)
            after = self._ratios[model] = before + RATE * (min(LARGEST, paid / expected) - before)
            if abs(after - 1.0) > OFF:
                self.any_off = True

    def of(self, model: str) -> float:
        """By what an expected price has to be multiplied."""
        return self._ratios.get(model, 1.0)

    def snapshot(self) -> Any:
        return dict(self._ratios)

    def restore(self, kept: Any) -> None:
        self._ratios = msgspec.convert(kept, dict[str, float])
        self.any_off = True
