"""What labels have shown of a circle's hits, with its interval: audits of what is served, in shadow what would be.

p = sum w y / sum w over labels that stand for w hits each; Wilson's interval at 95 % for n = (sum w)^2 / sum w^2.
"""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

Z = 1.96


class Rate(NamedTuple):
    """A share of errors with the ends of its interval."""

    share: float
    least: float
    most: float


NOTHING = Rate(0.0, 0.0, 1.0)


@dataclass
class Observed:
    """Labels of hits: their number, and sums over what each stands for."""

    labels: int = 0
    weights: float = 0.0
    squares: float = 0.0
    wrong: float = 0.0

    def add(self, wrong: bool, weight: float) -> None:
        """One label that stands for so many hits."""
        self.labels += 1
        self.weights += weight
        self.squares += weight * weight
        self.wrong += weight * wrong

    def rate(self) -> Rate:
        """Wrong hits among hits; anything may be where nothing was seen."""
        if self.weights <= 0.0:
            return NOTHING
        share, count = self.wrong / self.weights, self.weights**2 / self.squares
        middle = (share + Z * Z / (2.0 * count)) / (1.0 + Z * Z / count)
        spread = Z * sqrt(share * (1.0 - share) / count + Z * Z / (4.0 * count * count)) / (1.0 + Z * Z / count)
        return Rate(share, max(0.0, min(share, middle - spread)), min(1.0, max(share, middle + spread)))
