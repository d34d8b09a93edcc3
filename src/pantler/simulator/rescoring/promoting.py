"""Whether a multiplexer may take the place of the static choice, by a ledger.

gain = cost of the static choice - cost of this one,   cost = price + w_t latency + w_e P(wrong), doubly robust

It may where the gain's lower bound is not below 0, over resampled decisions, both choices at the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.cost import Weights
from pantler.simulator.rescoring.estimates import MEASURES, Rescored, resamples

NANO = 1e9
PROMOTED = "the lower bound of the gain is not below 0"
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


def _dollars(nano: float) -> str:
    return f"{'-' if nano < 0.0 else ''}${abs(nano) / NANO:.3g}"


def promotion(found: Rescored, static: Rescored, weights: Weights, seed: int = 0) -> Promotion:
    """The check before a multiplexer is promoted."""
    for each, whose in ((found, "this choice"), (static, "the static choice")):
        for measure in MEASURES if weights.error > 0.0 else MEASURES[:2]:
            if lacking := each.lacking(measure):
                return Promotion(promoted=False, reason=f"not enough overlap of {whose}: {lacking}")
    apart = static.parts - found.parts
    known = np.isfinite(apart)
    drawn = [_gain(apart, known, rows, weights) for rows in resamples(apart.shape[1], seed)]
    return by_gains(_gain(apart, known, np.arange(apart.shape[1]), weights), drawn)


def by_gains(gain: float, drawn: Sequence[float]) -> Promotion:
    """By a gain in nano-dollars and what it was over resampled decisions; NaN tells nothing."""
    low, high = np.nanpercentile(drawn, [2.5, 97.5]).tolist()
    return Promotion(low >= 0.0, PROMOTED if low >= 0.0 else REFUSED, gain, low, high)


def _gain(apart: NDArray[Any], known: NDArray[Any], drawn: NDArray[Any], weights: Weights) -> float:
    means = []
    for row, weight in enumerate((1.0, weights.latency, weights.error)):
        if weight:
            values = apart[row, drawn][known[row, drawn]]
            means.append(weight * float(values.mean()) if len(values) else float("nan"))
    return sum(means)
