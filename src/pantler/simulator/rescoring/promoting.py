"""Whether a multiplexer may take the place of the static choice, by a ledger.

gain = cost of the static choice - cost of this one,   cost = price + w_t latency + w_e P(wrong), doubly robust

It may where the gain's lower bound is not below 0, over resampled decisions, both choices at the same ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.rescoring.choosing import Prices
from pantler.simulator.rescoring.estimates import LEAST_EFFECTIVE, LEAST_POSSIBLE, MEASURES, Rescored, resamples

NANO = 1e9
PROMOTED = "the lower bound of the gain is not below 0"
REFUSED = "it may be worse than the static choice"


@dataclass(frozen=True)
class Verdict:
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
            gain, low, high = (each / NANO for each in (self.gain, self.low, self.high))
            lines.append(f"gain ${gain:.3g} a miss, 95 % ${low:.3g} to ${high:.3g}")
        return lines


def verdict(found: Rescored, static: Rescored, prices: Prices, seed: int = 0) -> Verdict:
    """The check before a multiplexer is promoted."""
    for each, whose in ((found, "this choice"), (static, "the static choice")):
        for measure in MEASURES if prices.wrong > 0.0 else MEASURES[:2]:
            worth = each.effective(measure)
            if worth < LEAST_EFFECTIVE or each.possible < LEAST_POSSIBLE:
                said = f"not enough overlap of {whose} for {measure}: worth {worth:.1f} decisions, possible at"
                return Verdict(promoted=False, reason=f"{said} {each.possible:.1%}")
    apart = static.parts - found.parts
    known = np.isfinite(apart)
    gains = [_gain(apart, known, np.arange(apart.shape[1]), prices)]
    gains += [_gain(apart, known, drawn, prices) for drawn in resamples(apart.shape[1], seed)]
    low, high = np.nanpercentile(gains[1:], [2.5, 97.5]).tolist()
    return Verdict(low >= 0.0, PROMOTED if low >= 0.0 else REFUSED, gains[0], low, high)


def _gain(apart: NDArray[Any], known: NDArray[Any], drawn: NDArray[Any], prices: Prices) -> float:
    weights = (1.0, prices.second, prices.wrong)
    means = []
    for row, weight in enumerate(weights):
        if weight:
            values = apart[row, drawn][known[row, drawn]]
            means.append(weight * float(values.mean()) if len(values) else float("nan"))
    return sum(means)
