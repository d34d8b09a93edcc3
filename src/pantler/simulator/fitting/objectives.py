"""From what people can state to the price of a wrong answer, on queries across folds."""

from dataclasses import dataclass

import numpy as np

from pantler.core.errors import ConfigError
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import Sweep, ladder
from pantler.traces.outcomes import Outcomes


@dataclass(frozen=True)
class Reached:
    """`value` is V in US dollars per wrong answer; `cost` and `score` the means at it, beside the reference model's.

    `at` is its place on the ladder, `loss` the mean score that may be lost.
    """

    value: float
    cost: float
    score: float
    reference: str
    reference_cost: float
    reference_score: float
    at: int
    loss: float


def solved(sweep: Sweep, outcomes: Outcomes, max_quality_loss: float) -> Reached:
    """The V at which the mean score is at most so much below the best model's, at least cost.

    ConfigError where no V on the ladder reaches it.
    """
    single = singles(outcomes.scores, outcomes.costs)
    cost, score = single.point(single.best)
    costs, scores = sweep.costs.mean(axis=1), sweep.scores.mean(axis=1)
    allowed = np.flatnonzero(scores >= score - max_quality_loss)
    if not len(allowed):
        raise ConfigError(
            f"no price of a wrong answer keeps the quality within {max_quality_loss} of {outcomes.models[single.best]}:"
            f" {scores.max():.3f} is the most, its own {score:.3f}; allow more, or give more training queries"
        )
    at = int(allowed[np.argmin(costs[allowed])])
    value = float(ladder(single)[at])
    return Reached(
        value=value,
        cost=float(costs[at]),
        score=float(scores[at]),
        reference=outcomes.models[single.best],
        reference_cost=cost,
        reference_score=score,
        at=at,
        loss=max_quality_loss,
    )
