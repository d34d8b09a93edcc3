"""How far what was appraised may be from the truth of a route, before its own outcomes have told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubts:
    """Standard deviations in log-odds: of a model's rate, of what a vector of length 1 adds to it.

    The vector is left to what was fitted where anything was: so little is left to learn of it that chance has its way.
    `newcomer` is that of the rate of a model that was not fitted, `resemblance` that of each known model's part in what
    it is believed to err at; `reference` that of the reference model's rate.
    `caution` is how many deviations a chance is held to be worse than its mean, but for the reference model; a rate
    whose deviation is below `settled` is not explored, and a model with fewer labels than `few` is asked only to try
    it. Where `is_shared`, models may have as much in common as apart. Chosen on training queries only.
    """

    rate: float
    vector: float
    newcomer: float
    reference: float
    caution: float
    settled: float
    few: int = 0
    is_shared: bool = False
    resemblance: float = 0.0


FITTED = Doubts(rate=0.05, vector=1.0, newcomer=1.0, reference=0.05, caution=0.5, settled=0.25, resemblance=0.5)
BLANK = Doubts(rate=1.0, vector=0.8, newcomer=1.0, reference=0.5, caution=0.75, settled=0.5, few=10, is_shared=True)
