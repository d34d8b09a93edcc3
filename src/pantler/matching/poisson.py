"""How many errors may have been meant where so many were seen."""

from math import sqrt

CONFIDENCE = 1.645  # one-sided 95 %


def upper(count: float, *, weight: float = 1.0) -> float:
    """The upper end of the mean of a count whose events stand for `weight` each (Wilson and Hilferty, 1931)."""
    if count <= 0.0:
        return 3.0 * weight  # the rule of three
    more = count / weight + 1.0
    bound: float = weight * more * (1.0 - 1.0 / (9.0 * more) + CONFIDENCE / (3.0 * sqrt(more))) ** 3
    return bound
