"""How far audits have refuted what was believed of sure hits.

Were a hit wrong with no more than the chance that is believed, a bettor against it would not gain: STAKE of what he has
on each audit, which pays one over that chance where the hit was wrong. As many times as he has gained, less is
believed, and so the more of the surest are audited.
"""

from dataclasses import dataclass

STAKE = 0.05
MOST = 100.0


@dataclass
class Surprise:
    """What the bettor has, 1 where nothing was refuted."""

    times: float = 1.0

    def believed(self, worst: float) -> float:
        """The most that the chance of an error is believed to be where it was `worst` before audits spoke."""
        return min(1.0, worst * self.times)

    def hear(self, wrong: bool, worst: float, lies: float = 0.0) -> None:
        """What a judge mistaken at the rate `lies` said of a hit that was believed to be wrong with at most `worst`."""
        expected = lies + (1.0 - 2.0 * lies) * worst
        gained = 1.0 + STAKE * (wrong / expected - 1.0)
        self.times = min(MOST, max(1.0, self.times * gained))
