"""What is said of each multiplexer: the measures of its curve, of its chances and of its speed.

c95, c98 and c100 are the least cost at which its curve reaches that share of the best single model's mean score, as a
share of that model's mean cost. pen10 is cost and penalty where a wrong answer costs 10 mean calls of the best model
and the multiplexer is told so, relative to asking that model always. `ece` is that of its worst model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.evaluation.calibration import calibration_error
from pantler.simulator.evaluation.curve import Singles, apgr, cost_at, hull, singles
from pantler.simulator.evaluation.resampling import gain
from pantler.simulator.evaluation.sweeping import TOLD, Sweep, area
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contender:
    """A multiplexer's sweep over the test queries; what it said of each model, how long it took, where it does."""

    name: str
    sweep: Sweep
    wrong: NDArray[np.floating] | None = None
    seconds: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Row:
    """One multiplexer's measures; None where there is nothing to measure or a share is never reached."""

    multiplexer: str
    aiq: float
    apgr: float
    c95: float | None
    c98: float | None
    c100: float | None
    pen10: float
    ece: float | None
    aiq_gain_low: float
    aiq_gain_high: float
    p50_us: float | None
    p95_us: float | None


def measured(contender: Contender, test: Outcomes, mix: Sweep, seed: int = 0) -> Row:
    """All measures; the gain in AIQ is that over `mix`, with a 95 % interval from bootstrapped queries, paired."""
    single = singles(test.scores, test.costs)
    low, high = gain(contender.sweep, mix, test, seed)
    whole = area(contender.sweep, single)
    corners = hull([*contender.sweep.points(_even(len(test))), single.point(single.cheapest)])
    reached = [_share(cost_at(corners, share * single.point(single.best)[1]), single) for share in (0.95, 0.98, 1.0)]
    p50, p95 = (None, None) if contender.seconds is None else 1e6 * np.percentile(contender.seconds, [50, 95])
    return Row(
        multiplexer=contender.name,
        aiq=whole,
        apgr=apgr(whole, single),
        c95=reached[0],
        c98=reached[1],
        c100=reached[2],
        pen10=_penalised(contender.sweep, test, single),
        ece=None if contender.wrong is None else _worst_error(contender.wrong, test),
        aiq_gain_low=low,
        aiq_gain_high=high,
        p50_us=None if p50 is None else float(p50),
        p95_us=None if p95 is None else float(p95),
    )


def _share(cost: float | None, single: Singles) -> float | None:
    return None if cost is None else cost / single.point(single.best)[0]


def _penalised(sweep: Sweep, test: Outcomes, single: Singles) -> float:
    best = single.best
    value = TOLD * single.point(best)[0]
    ours = sweep.costs[-1] + value * (1.0 - sweep.scores[-1])
    theirs = test.costs[:, best] + value * (1.0 - test.scores[:, best])
    return float(ours.mean() / theirs.mean())


def _worst_error(wrong: NDArray[np.floating], test: Outcomes) -> float:
    models: Sequence[int] = range(wrong.shape[1])
    return max(calibration_error(wrong[:, model], 1.0 - test.scores[:, model]) for model in models)


def _even(count: int) -> Array:
    return np.full(count, 1.0 / count)
