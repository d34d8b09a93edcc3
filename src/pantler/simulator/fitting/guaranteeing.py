"""Cut-offs for a fitted file, certified on queries that it was not fitted to.

At each query the cheapest model whose P(wrong) is at most t is asked, of those cheaper on average than the reference;
the reference where there is none. Candidates for t are quantiles of what the file says of the held-back queries. They
are tested one after another up to the first that fails, those first that the file itself expects to pass; no label
enters that order, so that with probability 1 - delta no certified one is worse than alpha. The largest is kept.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.fitted import Fitted
from pantler.learning.certifying import Certified, Sent, certificate, lower_tail
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

SHARE = 0.25  # of the queries is held back
CANDIDATES = 16
HALF = 0.5
SEED = 0


class _Hoped(NamedTuple):
    """What a cut-off sends below, and how many of it the file expects to be wrong."""

    sent: Sent
    wrong: float


def held_back(outcomes: Outcomes) -> tuple[Outcomes, Outcomes]:
    """What is fitted to, and what certifies; all of one text are on one side, or it would be told what it is asked."""
    texts = {text: number for number, text in enumerate(dict.fromkeys(outcomes.prompts))}
    drawn = np.random.default_rng(SEED).permutation(len(texts))
    is_held = np.isin([texts[text] for text in outcomes.prompts], drawn[: round(SHARE * len(texts))])
    return outcomes.rows(np.flatnonzero(~is_held)), outcomes.rows(np.flatnonzero(is_held))


def certified(
    fitted: Fitted, parts: tuple[Outcomes, Outcomes], reading: Reading, shares: Sequence[float], confidence: float
) -> tuple[Certified, ...]:
    """A certificate for each share of wrong answers, or why there is none; the reference is the best model fitted to.

    ConfigError where no model is cheaper than it.
    """
    fitted_to, held = parts
    costs = fitted_to.costs.mean(axis=0)
    best = int(np.argmax(fitted_to.scores.mean(axis=0)))
    below = [int(at) for at in np.argsort(costs, kind="stable") if costs[at] < costs[best]]
    if not below:
        raise ConfigError(f"no model is cheaper than the reference {held.models[best]}; name more with --pool")
    known = Labelled(reading.many(held.prompts), (1.0 - held.scores).astype(np.float32))
    chances = said(fitted.mean, known)[:, below].astype(float)
    wrong = held.scores[:, below] < HALF
    least = chances.min(axis=1)
    cutoffs = np.unique(np.quantile(least, np.linspace(0.0, 1.0, CANDIDATES + 1)[1:]))
    hoped = [_hoped(chances, wrong, float(cutoff)) for cutoff in cutoffs]
    names = tuple(held.models[at] for at in below)
    return tuple(_certified((held.models[best], names), hoped, share, confidence) for share in shares)


def _hoped(chances: NDArray[np.float64], wrong: NDArray[np.bool_], cutoff: float) -> _Hoped:
    allowed = chances <= cutoff
    is_sent = allowed.any(axis=1)
    at = np.flatnonzero(is_sent), np.argmax(allowed, axis=1)[is_sent]  # they stand cheapest first
    return _Hoped(Sent(cutoff, len(at[0]), int(wrong[at].sum())), float(chances[at].sum()))


def _certified(names: tuple[str, tuple[str, ...]], hoped: Sequence[_Hoped], share: float, level: float) -> Certified:
    """The largest certified cut-off; where there is none, the reason is that of the one most likely to pass."""

    def fails(each: _Hoped) -> tuple[float, int]:
        return lower_tail(ceil(each.wrong), each.sent.count, share), -each.sent.count

    ordered = [each.sent for each in sorted(hoped, key=fails)]
    made = certificate(ordered, share, 1.0 - level)
    passed = ordered[: len(made.certified)]
    told = max(passed, key=lambda each: each.threshold) if passed else ordered[0]
    cutoff = told.threshold if passed else None
    return Certified(share, level, *names, cutoff, told.count, told.wrong, made.reason)
