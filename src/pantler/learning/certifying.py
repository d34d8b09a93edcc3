"""Which shares of requests may go to cheaper models with at most so many wrong answers: certified, or not and why.

    H_t:  the share of wrong answers among what threshold t sends below the reference is above alpha
    p_t = P( Binomial(n_t, alpha) <= k_t ),   k_t wrong of n_t sent

p_t <= delta just where the Clopper-Pearson bound of level 1 - delta is at most alpha. Thresholds are tested in an order
that is fixed before the data is looked at, up to the first that fails: with probability 1 - delta no certified one is
worse than alpha, whichever of them is then taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, log1p
from statistics import NormalDist

import msgspec

from pantler.core.errors import ConfigError

STEPS = 60  # halvings until the bound is as exact as a float


@dataclass(frozen=True, slots=True)
class Sent:
    """What one threshold sends below the reference: how many requests, how many of them answered wrongly."""

    threshold: float
    count: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """`certified` thresholds, in the order of the tests; where there is none, `reason` says why."""

    certified: tuple[float, ...]
    reason: str = ""


class Certified(msgspec.Struct, frozen=True):
    """A cut-off for P(wrong) at which, with this confidence, at most `max_wrong` of what is sent below is wrong.

    `below` are the models cheaper than the `reference`, cheapest first. Of the queries that certified it so many would
    be sent below, so many of them wrong. Without a cut-off, `reason` says why there is none.
    """

    max_wrong: float
    confidence: float
    reference: str
    below: tuple[str, ...]
    cutoff: float | None
    sent: int
    wrong: int
    reason: str = ""

    def told(self) -> str:
        """In words."""
        share = f"at most {self.max_wrong:.1%} wrong below {self.reference}"
        if self.cutoff is None:
            return f"{share}: {self.reason}"
        counted = f"{self.wrong} of {self.sent} held back were"
        return f"{share}, with confidence {self.confidence:g}: certified up to P(wrong) {self.cutoff:.3f}, {counted}"


def certificate(ordered: Sequence[Sent], alpha: float, delta: float) -> Certificate:
    """Test each threshold in turn; ConfigError for an alpha or a delta that is no share."""
    for name, share in (("alpha", alpha), ("delta", delta)):
        if not 0.0 < share < 1.0:
            raise ConfigError(f"{name} is {share}; give a share between 0 and 1")
    certified: list[float] = []
    for each in ordered:
        if lower_tail(each.wrong, each.count, alpha) > delta:
            return Certificate(tuple(certified), "" if certified else _reason(each, alpha, delta))
        certified.append(each.threshold)
    return Certificate(tuple(certified), "" if certified else "not certifiable: there is no threshold to test")


def upper_bound(wrong: int, count: int, delta: float) -> float:
    """The largest share of wrong answers that so many of so many leave possible, by Clopper and Pearson."""
    low, high = wrong / count if count else 0.0, 1.0
    if wrong >= count:
        return 1.0
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if lower_tail(wrong, count, middle) > delta else (low, middle)
    return high


def lower_tail(wrong: int, count: int, share: float) -> float:
    """P( Binomial(count, share) <= wrong ), for a share between 0 and 1."""
    if wrong >= count:
        return 1.0
    if share >= 1.0:
        return 0.0
    total, base = 0.0, lgamma(count + 1)
    for number in range(wrong + 1):
        ways = base - lgamma(number + 1) - lgamma(count - number + 1)
        total += exp(ways + number * log(share) + (count - number) * log1p(-share))
    return min(1.0, total)


def _enough(sent: Sent, alpha: float, delta: float) -> int:
    """About how many have to be sent below until their share of wrong answers, which is below alpha, certifies it."""
    deviations = NormalDist().inv_cdf(1.0 - delta)
    return ceil(alpha * (1.0 - alpha) * (deviations / (alpha - sent.wrong / sent.count)) ** 2)


def _reason(first: Sent, alpha: float, delta: float) -> str:
    needed = ceil(log(delta) / log1p(-alpha))
    if first.count < needed:
        return (
            f"not certifiable: {first.count} requests would be sent below the reference, and even without an error"
            f" {needed} are needed"
        )
    if first.wrong >= alpha * first.count:
        return (
            f"not certifiable: {first.wrong / first.count:.1%} of {first.count} were wrong at the most promising"
            f" threshold, not below {alpha:.1%}"
        )
    bound = upper_bound(first.wrong, first.count, delta)
    return (
        f"not certifiable: {first.wrong} of {first.count} were wrong at the most promising threshold, by which up to"
        f" {bound:.1%} may be; give more calibration data: of about {_enough(first, alpha, delta):,} sent below such a"
        " share would be few enough"
    )
