"""Cut-offs for a fitted file, certified on queries that it was not fitted to.

At each query the cheapest model whose P(wrong) is at most t is asked, of those cheaper on average than the reference;
the reference where there is none. Candidates for t are quantiles of what the file says of the held-back queries, which
no label enters; each is tested at delta divided by their number, so that with probability 1 - delta no certified one is
worse than alpha, and the largest certified one is kept.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.fitted import Fitted
from pantler.learning.certifying import Certified, Sent, certificate
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

SHARE = 0.25  # of the queries is held back
CANDIDATES = 8
HALF = 0.5
SEED = 0


def held_back(outcomes: Outcomes) -> tuple[Outcomes, Outcomes]:
    """What is fitted to, and what certifies."""
    drawn = np.random.default_rng(SEED).permutation(len(outcomes))
    held = round(SHARE * len(outcomes))
    return outcomes.rows(np.sort(drawn[held:])), outcomes.rows(np.sort(drawn[:held]))


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
    sent = [_sent(chances, wrong, float(cutoff)) for cutoff in cutoffs]
    names = tuple(held.models[at] for at in below)
    return tuple(_certified((held.models[best], names), sent, share, confidence) for share in shares)


def _sent(chances: NDArray[np.float64], wrong: NDArray[np.bool_], cutoff: float) -> Sent:
    allowed = chances <= cutoff
    is_sent = allowed.any(axis=1)
    first = np.argmax(allowed, axis=1)  # they stand cheapest first
    return Sent(cutoff, int(is_sent.sum()), int(wrong[np.arange(len(wrong)), first][is_sent].sum()))


def _certified(names: tuple[str, tuple[str, ...]], sent: Sequence[Sent], share: float, confidence: float) -> Certified:
    """The largest cut-off that passes; where none does, the reason of that with the fewest errors beyond its share."""
    delta = (1.0 - confidence) / len(sent)
    passing = [each for each in sent if certificate([each], share, delta).certified]
    if passing:
        kept = passing[-1]
        return Certified(share, confidence, *names, kept.threshold, kept.count, kept.wrong)
    nearest = max(sent, key=lambda each: share * each.count - each.wrong)
    reason = certificate([nearest], share, delta).reason
    return Certified(share, confidence, *names, None, nearest.count, nearest.wrong, reason)
