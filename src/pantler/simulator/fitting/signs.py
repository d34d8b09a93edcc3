"""What the signs of an answer tell of its being wrong, fitted to recorded outcomes, and where to stop by that.

A cheap model is one that costs less than the reference on average. Each of its answers counts alone, and once more
beside the answer of the next cheaper model where the file holds answers to compare. The stop is the log-odds below
which keeping answers, not asking the reference, comes to the least cost over the file.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pantler.core.normal import normal
from pantler.matching.logistic import Labels, Prior, fit, sigmoid
from pantler.multiplexers.cascade import best_threshold
from pantler.simulator.fitting.across import loss
from pantler.texts.showing import Sign
from pantler.texts.signs import FAR, Signs, scaled
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]
HOLD = 1.0  # how tightly what a sign tells is held at nothing, and a model at its rate
FEWEST = 100  # queries, below which signs are not looked at
LEAST_SCALE = 1e-6


@dataclass(frozen=True)
class Signing:
    """`signs` as kept; log-losses on the half of the queries not fitted to, by them and by the models' rates alone.

    `kept` is the share of cheap answers at which a cascade stops.
    """

    signs: Signs
    log_loss: float
    by_rates: float
    kept: float

    def line(self) -> str:
        """What people read."""
        return (
            f"by what answers show, log-loss {self.log_loss:.4f}, by rates alone {self.by_rates:.4f}: with"
            f' judge = "signs" a cascade keeps {self.kept:.0%} of the cheap answers'
        )


@dataclass(frozen=True)
class Seen:
    """Answers of cheap models: queries, models, signs (answers, signs), how wrong they were, how surely that is so."""

    queries: NDArray[np.intp]
    models: NDArray[np.intp]
    signs: Array
    wrong: Array
    told: Array

    def of(self, chosen: NDArray[np.bool_]) -> "Seen":
        """Some of them."""
        places = (self.queries[chosen], self.models[chosen])
        return Seen(*places, self.signs[chosen], self.wrong[chosen], self.told[chosen])


def signing(outcomes: Outcomes, reference: int, error_weight: float) -> Signing | None:
    """Where a wrong answer costs so many US dollars; None where the file tells too little of its answers."""
    told = (np.isfinite(outcomes.checked), np.isfinite(outcomes.confidence), outcomes.answers != "")
    if len(outcomes) < FEWEST or not any(each.any() for each in told):
        return None
    seen = seen_in(outcomes, reference)
    return learned(seen, len(outcomes.models), lambda said: stop_at(outcomes, reference, error_weight, (seen, said)))


def learned(seen: Seen, models: int, stop_of: Callable[[Array], float]) -> Signing | None:
    """`stop_of` is given the log-odds of every answer seen; None where half of them are all right, or all wrong."""
    halves = [seen.of(seen.queries % 2 == half) for half in (0, 1)]
    if any(not len(each.wrong) or np.ptp(each.wrong) == 0.0 for each in halves):
        return None
    pairs = list(zip(halves, reversed(halves), strict=True))
    odds = np.concatenate([odds_of(_fitted(one, models), other) for one, other in pairs])
    rates = np.concatenate([_rates(one, models)[other.models] for one, other in pairs])
    wrong = np.concatenate([other.wrong for _, other in pairs])
    signs = _fitted(seen, models)
    said = odds_of(signs, seen)
    stop = stop_of(said)
    signs = replace(signs, stop=np.array([stop], np.float32))
    return Signing(signs, loss(sigmoid(odds), wrong), loss(rates, wrong), float((said <= stop).mean()))


def seen_in(outcomes: Outcomes, reference: int) -> Seen:
    """The answers of models that are cheaper than the reference."""
    means = outcomes.costs.mean(axis=0)
    cheap = [int(at) for at in np.argsort(means, kind="stable") if means[at] < means[reference]]
    beside = [(at, np.full(len(outcomes), np.nan)) for at in cheap]
    if (outcomes.answers != "").any():
        said = np.vectorize(normal, otypes=[object])(outcomes.answers)
        beside += [(at, (said[:, at] == said[:, before]).astype(float)) for before, at in pairwise(cheap)]
    queries = np.arange(len(outcomes))
    sure = np.ones(len(outcomes))
    parts = [(queries, np.full(len(outcomes), at), _signs(outcomes, at, same), 1.0 - outcomes.scores[:, at], sure)
             for at, same in beside]  # fmt: skip
    none = [(queries[:0], queries[:0], np.zeros((0, len(Sign._fields))), np.zeros(0), np.zeros(0))]
    return Seen(*map(np.concatenate, zip(*(parts or none), strict=True)))


def _signs(outcomes: Outcomes, at: int, agreeing: Array) -> Array:
    """(queries, signs) of one model's answers."""
    lengths = np.log1p(outcomes.tokens_out[:, at])
    return np.column_stack([outcomes.checked[:, at], outcomes.confidence[:, at], lengths, agreeing])


def _fitted(seen: Seen, models: int) -> Signs:
    """Without a stop."""
    known = np.isfinite(seen.signs)
    counts = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, seen.signs, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, seen.signs - centre, 0.0) ** 2).sum(axis=0) / counts)
    scale = np.where(spread < LEAST_SCALE, 1.0, spread)
    rows = np.hstack([scaled(seen.signs, centre, scale), np.eye(models)[seen.models]])
    rates = _rates(seen, models)
    mean = np.concatenate([np.zeros(len(scale)), np.log(rates / (1.0 - rates))])
    found = fit(Labels(rows, seen.wrong, seen.told), Prior(mean, np.full(len(mean), HOLD)), mean)
    arrays = (found[: len(scale)], centre, scale, found[len(scale) :], np.zeros(1))
    return Signs(*(each.astype(np.float32) for each in arrays))


def odds_of(signs: Signs, seen: Seen) -> Array:
    """The log-odds that each answer is wrong."""
    found: Array = scaled(seen.signs, signs.centre, signs.scale) @ signs.weights + signs.bias[seen.models]
    return found


def _rates(seen: Seen, models: int) -> Array:
    """How often each model is wrong, leaning on an even chance."""
    wrong = np.bincount(seen.models, seen.told * seen.wrong, minlength=models)
    return (wrong + 0.5 * HOLD) / (np.bincount(seen.models, seen.told, minlength=models) + HOLD)


def stop_at(outcomes: Outcomes, reference: int, error_weight: float, judged: tuple[Seen, Array]) -> float:
    """The log-odds at which to stop, answers being `judged` so, where a wrong one costs so many US dollars."""
    seen, odds = judged
    wrong = 1.0 - outcomes.scores[seen.queries, reference]
    deferred = outcomes.costs[seen.queries, reference] + error_weight * wrong
    columns = ((-odds).tolist(), (error_weight * seen.wrong).tolist(), deferred.tolist())
    return max(-FAR, -best_threshold(zip(*columns, strict=True)))
