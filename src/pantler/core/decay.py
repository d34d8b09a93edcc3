"""Forward decay: a later arrival weighs more, so that no stored weight ever has to fall (Cormode et al. 2009)."""

from math import exp2, log2


def arrive_decayed(frequency: float, now: float) -> float:
    """The log2 of a decayed count after one more arrival at `now` half-lives, which weighs 2^now."""
    larger = max(frequency, now)
    return larger + log2(1.0 + exp2(min(frequency, now) - larger))
