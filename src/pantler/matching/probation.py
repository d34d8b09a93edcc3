"""Sure hits that are asked all the same before one is served, where errors per hit are promised.

Few hits cannot make up for one that is wrong. So as many are asked first as show, at 95 %, that fewer of them are wrong
than a certificate asks for: n with upper(k) <= CERTIFIED_PER_HIT d n where k were wrong and d is promised, 120 at 5 %
with none wrong and 190 with one.
"""

from dataclasses import dataclass
from math import ceil

from pantler.matching.poisson import upper
from pantler.matching.trial import CERTIFIED_PER_HIT


@dataclass
class Probation:
    """How many sure hits were asked, and how many of them were wrong as a judge who is never mistaken counts them."""

    asked: int = 0
    wrong: float = 0.0

    def hear(self, error: float) -> None:
        """One more, and whether it was wrong."""
        self.asked += 1
        self.wrong += error

    def left(self, per_hit: float) -> int:
        """How many more, all right, it takes; 0 where it is passed."""
        return max(0, ceil(upper(self.wrong) / (CERTIFIED_PER_HIT * per_hit)) - self.asked)
