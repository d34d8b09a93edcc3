"""Whether a multiplexer may take the place of the static choice, by a ledger.

gain = cost of the static choice - cost of this one,   cost = price + w_t latency + w_e P(wrong), doubly robust

Where both choose the same there is no gain, whatever had a chance of being asked. It may where the gain's lower bound
is not below 0, over resampled queries, both choices at the same ones, less what no resample shows (`told`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pantler.core.cost import Weights
from pantler.simulator.rescoring.estimates import over_resamples
from pantler.simulator.rescoring.expecting import MEASURES, Array, Places
from pantler.simulator.rescoring.told import Rescored, Told

NANO = 1e9
PROMOTED = "the lower bound of the gain is not below 0"
ALIKE = "it chooses as the static choice does"
REFUSED = "it may be worse than the static choice"


@dataclass(frozen=True)
class Promotion:
    """`gain` in nano-dollars a decision with its 95 % interval, None where it cannot be told; `reason` says why."""

    promoted: bool
    reason: str
    gain: float | None = None
    low: float | None = None
    high: float | None = None

    def lines(self, name: str, static: str) -> list[str]:
        """In words."""
        word = "may be promoted" if self.promoted else "is not to be promoted"
        lines = [f"{name} {word} over {static}: {self.reason}"]
        if self.gain is not None and self.low is not None and self.high is not None:
            gain, low, high = map(_dollars, (self.gain, self.low, self.high))
            lines.append(f"gain {gain} a miss, 95 % {low} to {high}")
        return lines


SAME = Promotion(promoted=True, reason=ALIKE, gain=0.0, low=0.0, high=0.0)


def _dollars(nano: float) -> str:
    return f"{'-' if nano < 0.0 else ''}${abs(nano) / NANO:.3g}"


def promotion(found: Rescored, static: Rescored, weights: Weights, seed: int = 0) -> Promotion:
    """The check before a multiplexer is promoted."""
    differ = found.chosen != static.chosen
    if not differ.any():
        return SAME
    weighed = [each for each in zip(MEASURES, (1.0, weights.latency, weights.error), strict=True) if each[1]]
    sides = []
    for one, whose in ((found, "this choice"), (static, "the static choice")):
        told = [Told(replace(one, within=differ), measure) for measure, _ in weighed]
        if lacking := next((each.lacking for each in told if each.lacking), ""):
            return Promotion(promoted=False, reason=f"not enough overlap of {whose}: {lacking}")
        sides.append(told)
    return _promotion(_Apart(differ, found.heard.queries, sides, [weight for _, weight in weighed]), seed)


@dataclass(frozen=True)
class _Apart:
    """Both choices where they differ, (ours, theirs), and what each measure costs a unit."""

    differ: NDArray[np.bool_]
    queries: Places
    sides: Sequence[Sequence[Told]]
    weights: Sequence[float]

    def means(self, counts: Array) -> Array:
        """(..., 2, measures), over all decisions, those at which they are alike counting nothing."""
        share = counts[..., self.differ].sum(axis=-1) / counts.sum(axis=-1)
        sides = [np.stack([each.mean(counts) for each in side], axis=-1) for side in self.sides]
        found: Array = share[..., None, None] * np.stack(sides, axis=-2)
        return found

    def gains(self, means: Array) -> Array:
        """Nano-dollars a decision."""
        found: Array = (means[..., 1, :] - means[..., 0, :]) @ np.array(self.weights)
        return found


def _promotion(apart: _Apart, seed: int) -> Promotion:
    means = apart.means(np.ones(len(apart.differ)))
    drawn = over_resamples(apart.queries, seed, apart.means)
    low, high = np.percentile(apart.gains(drawn), [2.5, 97.5]).tolist()
    below, above = _beyond(apart, means, np.percentile(drawn, [2.5, 97.5], axis=0))
    return _within(float(apart.gains(means)), low - below, high + above)


def _beyond(apart: _Apart, means: Array, seen: Array) -> tuple[float, float]:
    """How much further than resampled the gain may lie, below and above."""
    share = float(apart.differ.mean())
    below = above = 0.0
    for place in np.ndindex(means.shape):
        side, at = place
        low, high = (float(each[place]) / share for each in seen)
        wide = apart.sides[side][at].widened(float(means[place]) / share, low, high)
        beyond = [share * apart.weights[at] * max(0.0, each) for each in (low - wide[0], wide[1] - high)]
        below, above = below + beyond[1 - side], above + beyond[side]
    return below, above


def by_gains(gain: float, drawn: Sequence[float]) -> Promotion:
    """By a gain in nano-dollars and what it was over resampled decisions; all are 0 where both choose the same."""
    if gain == 0.0 and not any(drawn):
        return SAME
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
    return _within(gain, low, high)


def _within(gain: float, low: float, high: float) -> Promotion:
    return Promotion(low >= 0.0, PROMOTED if low >= 0.0 else REFUSED, gain, low, high)
