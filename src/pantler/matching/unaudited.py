"""At most how many wrong hits were served unseen, by what audits caught of others, in whatever order errors come.

A hit is audited with chance a, else served. For l > 0 let r = (1 - (1 - a) e^l) / a. The mean of exp(l W) times r for
each error that was caught, W the wrong that were served, never grows: a wrong hit multiplies it by (1 - a) e^l + a r,
which is 1. So with s = -log r the chance that ever W > (log 1/DOUBT + sum of s) / l is at most DOUBT (Ville, 1939).

With a judge who says the contrary at the rate e, what he calls wrong counts r' = (r (1 - e) - e) / (1 - 2 e) instead,
and what he calls right (1 - e r') / (1 - e), which come to r and 1 on the mean. Where a is so small that r < LEAST,
LEAST takes its place and log(1 + q ((1 - a) e^l + a LEAST - 1)) is added for the hit, q the most that the chance of its
being wrong is believed to be. Only that part takes anybody's word for a chance.
"""

from dataclasses import dataclass, field
from math import exp, expm1, inf, log, log1p

DOUBT = 0.1
UNSEEN = 0.2  # the chance that all pass unseen, where all that is believed is false
STEEP = 6.5  # l = STEEP / b where b errors are allowed: steeper bounds more closely, for more audits
LEAST = 0.3
FAINT = 0.01  # for r' where a judge says next to nothing
RATIO = 2.0**0.5
SIZES = tuple(RATIO**number for number in range(32))  # of b; the last for more than it, too
RATES = tuple(STEEP / size for size in SIZES)


@dataclass
class Unaudited:
    """For each size of what is allowed, the evidence that more was served wrongly: the sum of s and what was added."""

    evidence: list[float] = field(default_factory=lambda: [0.0] * len(SIZES))

    def __post_init__(self) -> None:
        if len(self.evidence) != len(SIZES):
            raise ValueError(f"there are {len(self.evidence)} sums of evidence, not {len(SIZES)}")

    def most(self, allowed: float) -> float:
        """The most wrong hits that may have been served, by the rate that suits where so many are allowed."""
        place = _place(allowed)
        return (self.evidence[place] - log(DOUBT)) / RATES[place]

    def share(self, allowed: float, spare: float = inf) -> float:
        """The least share of hits to audit with which `allowed` bears that the next one is caught; 1 if none does.

        No more than `spare` may be added to the most that may have been served wrongly.
        """
        left = min(spare, allowed - self.most(allowed))
        if left <= 0.0:
            return 1.0
        rate = RATES[_place(allowed)]
        return expm1(rate) / (exp(rate) - exp(-rate * left))

    def weigh(self, wrong: float, share: float) -> None:
        """One more hit, audited with the chance `share`, and wrong with a chance of at most `wrong`."""
        for place, rate in enumerate(RATES):
            spared = (1.0 - share) * exp(rate)
            if 1.0 - spared < LEAST * share:
                self.evidence[place] += log1p(wrong * (spared + share * LEAST - 1.0))

    def hear(self, wrong: bool, share: float, lies: float = 0.0) -> None:
        """What a judge who is mistaken at the rate `lies` said of a hit that was audited with the chance `share`."""
        for place, rate in enumerate(RATES):
            rest = max(LEAST, (1.0 - (1.0 - share) * exp(rate)) / share)
            told = max(FAINT, (rest * (1.0 - lies) - lies) / (1.0 - 2.0 * lies))
            self.evidence[place] -= log(told if wrong else (1.0 - lies * told) / (1.0 - lies))

    def copy(self) -> "Unaudited":
        """The evidence as it stands."""
        return Unaudited(list(self.evidence))


def first_caught(allowed: float) -> float:
    """The share to audit with which all of so many wrong hits pass unseen with a chance of UNSEEN."""
    return -expm1(log(UNSEEN) / max(1.0, allowed))


def _place(allowed: float) -> int:
    return min(len(SIZES) - 1, int(log(max(1.0, allowed)) / log(RATIO)))
