"""The guarantee of few wrong answers below the reference model, tried on many splits of the same queries.

A threshold t sends a query to the cheapest model that is cheaper than the reference and whose P(wrong) is at most t,
to the reference where there is none. Thresholds, and the order in which they are tested, come from the training
queries; a part of the test queries certifies, and the rest shows whether the guarantee was kept. Of the certified
thresholds the one of least cost is taken. An answer is wrong where its score is below one half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.learning.certifying import Certificate, Sent, certificate, lower_tail
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]
THRESHOLDS = 40
HALF = 0.5


@dataclass(frozen=True)
class Promised:
    """At most `alpha` wrong with probability 1 - `delta`; so many splits, this share of each certifies."""

    alpha: float
    delta: float
    splits: int = 100
    calibration_share: float = 0.25  # little of it, so that the rest tells the share that is promised well
    seed: int = 0


@dataclass(frozen=True)
class Kept:
    """How a guarantee was kept; means over the splits that could be certified, None where there is none.

    `cost` is relative to the reference model's. `reason` is that of the first split that could not be certified.
    """

    alpha: float
    delta: float
    splits: int
    certified: int
    violations: int
    sent_share: float | None
    wrong_share: float | None
    cost: float | None
    reason: str


@dataclass(frozen=True)
class Below:
    """Queries by models: `chances` are infinity but for models cheaper at the query than the one at `reference`."""

    chances: Array
    expected: Array
    reference: int


@dataclass(frozen=True)
class ByThreshold:
    """What each threshold does with each query, (thresholds, n): sent below, wrongly answered there, charged."""

    sent: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    costs: Array


@dataclass(frozen=True)
class Prepared:
    """The thresholds on training and on test queries; `reference` is what the reference charges the latter."""

    thresholds: Array
    train: ByThreshold
    test: ByThreshold
    reference: Array


def prepared(train: Outcomes, test: Outcomes, reading: Reading, advance: Callable[[int], None]) -> Prepared:
    """Fit to the training queries; ConfigError where no model is cheaper than the reference."""
    known, asked = (
        Labelled(reading.many(each.prompts), (1.0 - each.scores).astype(np.float32)) for each in (train, test)
    )
    charged = charges(train)
    found = appraised(train, known, charged, advance)
    best = singles(train.scores, train.costs).best
    before = below(found.across, charged.expected(train.tokens_in), best)
    least = before.chances.min(axis=1)
    if not np.isfinite(least).any():
        raise ConfigError(f"no model is cheaper than the reference {train.models[best]}; name more with --pool")
    thresholds = np.unique(np.quantile(least[np.isfinite(least)], np.linspace(0.0, 1.0, THRESHOLDS + 1)[1:]))
    after = below(said(found.mean, asked), charged.expected(test.tokens_in), best)
    return Prepared(
        thresholds,
        train=by_threshold(before, train, thresholds),
        test=by_threshold(after, test, thresholds),
        reference=test.costs[:, best],
    )


def below(chances: NDArray[np.floating], expected: Array, reference: int) -> Below:
    """The models that queries may be sent to, by chances of being wrong and expected costs."""
    is_cheaper = expected < expected[:, [reference]]
    return Below(np.where(is_cheaper, chances.astype(float), np.inf), expected, reference)


def by_threshold(of: Below, outcomes: Outcomes, thresholds: Array) -> ByThreshold:
    """Each threshold on the queries whose outcomes these are."""
    rows = np.arange(len(outcomes))
    sent, wrong, costs = [], [], []
    for threshold in thresholds:
        allowed = of.chances <= threshold
        is_sent = allowed.any(axis=1)
        model = np.where(is_sent, np.argmin(np.where(allowed, of.expected, np.inf), axis=1), of.reference)
        sent.append(is_sent)
        wrong.append(is_sent & (outcomes.scores[rows, model] < HALF))
        costs.append(outcomes.costs[rows, model])
    return ByThreshold(np.stack(sent), np.stack(wrong), np.stack(costs))


def kept(found: Prepared, promised: Promised) -> Kept:
    """The guarantee on every split."""
    count = found.test.sent.shape[1]
    calibrating = round(promised.calibration_share * count)
    order = ordered(found.train, calibrating, promised.alpha)
    rng = np.random.default_rng(promised.seed)
    shares: list[tuple[float, float, float]] = []
    violations, reason = 0, ""
    for _ in range(promised.splits):
        drawn = rng.permutation(count)
        told, rest = drawn[:calibrating], drawn[calibrating:]
        said_of, place = _certified(found, told, order, promised)
        if place is None:
            reason = reason or said_of.reason
            continue
        sent, wrong = int(found.test.sent[place, rest].sum()), int(found.test.wrong[place, rest].sum())
        violations += wrong > promised.alpha * sent
        cost = found.test.costs[place, rest].mean() / found.reference[rest].mean()
        shares.append((sent / len(rest), wrong / max(sent, 1), float(cost)))
    sent_share, wrong_share, relative = np.mean(shares, axis=0).tolist() if shares else (None, None, None)
    return Kept(
        alpha=promised.alpha,
        delta=promised.delta,
        splits=promised.splits,
        certified=len(shares),
        violations=violations,
        sent_share=sent_share,
        wrong_share=wrong_share,
        cost=relative,
        reason=reason,
    )


def ordered(train: ByThreshold, calibrating: int, alpha: float) -> Sequence[int]:
    """Thresholds, the most promising first, by the training queries as if they were as many as will certify."""
    scale = calibrating / train.sent.shape[1]
    counts = [(round(scale * sent), round(scale * wrong)) for sent, wrong in _counts(train, slice(None))]
    chances = [lower_tail(wrong, sent, alpha) for sent, wrong in counts]
    return sorted(range(len(counts)), key=lambda place: (chances[place], -counts[place][0]))


def _certified(
    found: Prepared, told: NDArray[np.intp], order: Sequence[int], promised: Promised
) -> tuple[Certificate, int | None]:
    """What the calibration queries certify, and the place of the threshold of least cost among that."""
    counts = _counts(found.test, told)
    tests = [Sent(float(found.thresholds[place]), *counts[place]) for place in order]
    made = certificate(tests, promised.alpha, promised.delta)
    certified = order[: len(made.certified)]
    costs = found.test.costs[:, told].mean(axis=1)
    return made, min(certified, key=lambda place: float(costs[place])) if certified else None


def _counts(of: ByThreshold, queries: NDArray[np.intp] | slice) -> list[tuple[int, int]]:
    sent, wrong = of.sent[:, queries].sum(axis=1), of.wrong[:, queries].sum(axis=1)
    return [(int(one), int(other)) for one, other in zip(sent, wrong, strict=True)]
