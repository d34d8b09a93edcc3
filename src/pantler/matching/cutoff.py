"""The largest chance of an error that is still served, so that the errors of what comes fit what is earned.

c = max {c : r sum_{p_i <= c} p_i / w <= a + max(0, C) / h} over the last w chances p_i, r the inflation, a what a
request earns and C / h the credit laid by, spread over h requests to come. r is the upper end of what was observed over
what was predicted near the cut-off, over all that is kept and over the latest alone, and never below 1.
"""

from collections import deque
from collections.abc import Iterable
from math import sqrt

import msgspec
import numpy as np

WINDOW = 400
HORIZON = 900
EVIDENCE = 600
SERVED = 400
LATEST = 150  # labels, by which a sudden change shows
EVERY = 50
BAND = 2.0
LEAST_BAND = 0.02
LATITUDE = 0.7  # standard errors above what was observed
MOST_INFLATION = 10.0
DOUBTFUL = 0.25  # nothing more doubtful is ever served

Evidence = tuple[float, float, float]  # predicted, observed, weight


class State(msgspec.Struct, frozen=True, array_like=True):
    """A cut-off and what it was chosen from."""

    level: float
    inflation: float
    chances: list[float]
    evidence: list[Evidence]
    served: list[Evidence]
    seen: int


class Cutoff:
    """Chosen anew every EVERY requests from the chances of late, labelled or not."""

    def __init__(self) -> None:
        self.level = 0.0
        self.inflation = 2.0
        self._chances: deque[float] = deque(maxlen=WINDOW)
        self._evidence: deque[Evidence] = deque(maxlen=EVIDENCE)
        self._served: deque[Evidence] = deque(maxlen=SERVED)
        self._seen = 0

    def see(self, wrong: float) -> bool:
        """One more chance; whether it is time to choose."""
        self._chances.append(wrong)
        self._seen += 1
        return self._seen % EVERY == 0

    def observe(self, predicted: float, observed: float, *, weight: float, would: bool) -> None:
        """What a label said of a chance, which counts as `weight` do; `would` where it was low enough to be served."""
        self._evidence.append((predicted, observed, weight))
        if would:
            self._served.append((predicted, observed, weight))

    def choose(self, earned: float, credit: float, per_hit: float | None) -> None:
        """Set the level; `per_hit` bounds the mean chance of what is served."""
        band = max(BAND * self.level, LEAST_BAND)
        near = [kept for kept in self._evidence if kept[0] <= band]
        late = [kept for kept in list(self._evidence)[-LATEST:] if kept[0] <= band]
        seen = max(_ratio(near, LATITUDE), _ratio(self._served, LATITUDE), _ratio(late, 0.0))
        self.inflation = min(MOST_INFLATION, max(1.0, seen))
        chances = np.sort(np.fromiter(self._chances, np.float64, len(self._chances)))
        sums = self.inflation * chances.cumsum()
        fits = (sums / len(chances) <= earned + max(0.0, credit) / HORIZON) & (chances <= DOUBTFUL)
        if per_hit is not None:
            fits &= sums <= per_hit * np.arange(1, len(sums) + 1)
        places = np.flatnonzero(fits)
        self.level = float(chances[places[-1]]) if len(places) else 0.0

    def snapshot(self) -> State:
        """The level, and what it was chosen from."""
        chances, evidence, served = list(self._chances), list(self._evidence), list(self._served)
        return State(self.level, self.inflation, chances, evidence, served, self._seen)

    def restore(self, state: State) -> None:
        """Take up what `snapshot` gave."""
        self.level, self.inflation, self._seen = state.level, state.inflation, state.seen
        self._chances = deque(state.chances, WINDOW)
        self._evidence = deque(state.evidence, EVIDENCE)
        self._served = deque(state.served, SERVED)


def _ratio(evidence: Iterable[Evidence], latitude: float) -> float:
    """Observed over predicted errors, one of each reckoned beforehand, and so many standard errors more."""
    evidence = list(evidence)
    predicted = sum(chance * weight for chance, _, weight in evidence)
    observed = sum(wrong * weight for _, wrong, weight in evidence)
    variance = sum(wrong * wrong * weight * weight for _, wrong, weight in evidence)
    return max(0.0, 1.0 + observed + latitude * sqrt(1.0 + variance)) / (1.0 + predicted)
