"""What another choice would have brought, with intervals.

Of the 2.5th to the 97.5th percentile over resampled queries, widened by what no resample shows (`told`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.rescoring.expecting import MEASURES, Array, Places
from pantler.simulator.rescoring.told import Rescored, Told

DRAWS = 500
AT_ONCE = 25
PLAIN = ("measure", "decisions", "effective", "carried_share")
IPS = ("ips", "ips_low", "ips_high")
OVERLAPPING = ("overlapping", "overlapping_low", "overlapping_high")
ROBUST = ("doubly_robust", "low", "high")


class Span(NamedTuple):
    """A mean with its interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """Of one measure's mean: `ips` and `overlapping` are of the part that overlaps, None where that is small.

    `ips` is self-normalised, the others doubly robust, `robust` of all decisions. `decisions` are those of the part
    where the measure is known, worth `effective` of the choice's own; `carried_share` of all rest on what was expected.
    """

    measure: str
    decisions: int
    effective: float
    carried_share: float
    ips: Span | None
    overlapping: Span | None
    robust: Span

    def flat(self) -> dict[str, Any]:
        """With a name for each number."""
        found: dict[str, Any] = {name: getattr(self, name) for name in PLAIN}
        for names, span in ((IPS, self.ips), (OVERLAPPING, self.overlapping), (ROBUST, self.robust)):
            found |= dict(zip(names, span or (None, None, None), strict=True))
        return found


def estimates(found: Rescored, seed: int = 0) -> list[Estimate]:
    """Of each measure of which enough is told."""
    told = [Told(found, measure) for measure in MEASURES]
    return [_estimate(found, each, seed) for each in told if not each.lacking]


def resamples(count: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Rows drawn with replacement, DRAWS times."""
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield rng.integers(0, count, count)


def over_resamples(queries: Places, seed: int, found: Callable[[Array], Array]) -> Array:
    """What is found, (DRAWS, ...), where each decision counts as often as its query is drawn."""
    count = int(queries.max()) + 1
    counts = (np.bincount(drawn, minlength=count)[queries] for drawn in resamples(count, seed))
    return np.concatenate([found(np.array(list(islice(counts, AT_ONCE)), float)) for _ in range(DRAWS // AT_ONCE)])


def _estimate(found: Rescored, told: Told, seed: int) -> Estimate:
    overlap = Told(replace(found, within=found.overlaps), told.measure)
    ways = [(told, told.mean)]
    if told.measured.any():
        ways += [(overlap, overlap.mean), (overlap, overlap.normalised)]
    count = len(found.chosen)
    draws = over_resamples(
        found.heard.queries, seed, lambda counts: np.stack([way(counts) for _, way in ways], axis=-1)
    )
    spans: list[Span | None] = [None, None, None]
    for place, (low, high) in enumerate(np.percentile(draws, [2.5, 97.5], axis=0).T.tolist()):
        whose, way = ways[place]
        mean = float(way(np.ones(count)))
        spans[place] = Span(mean, *whose.widened(mean, low, high))
    robust, overlapping, normalised = spans
    assert robust is not None
    return Estimate(told.measure, told.decisions, told.effective, told.carried_share, normalised, overlapping, robust)
