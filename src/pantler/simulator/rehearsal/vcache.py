"""vCache's rule, written afresh from its paper's description (arXiv 2502.03771).

Entry e keeps observations (s, c), the pseudo-observations (0, wrong) and (1, right) first. With fewer than six the
model is asked. Else P(c | s) = sigmoid(g (s - t)) is fitted; with t'(eps) = t + z(1 - eps) sd(t) and
a(eps) = (1 - eps) sigmoid(g (s - t'(eps))), the model is asked with chance min over eps of 1 - d / (1 - a(eps)), d the
errors allowed per request. Where the classes are perfectly separated the variance of t is 0.2 / n.
"""

from dataclasses import dataclass, field
from math import exp, sqrt
from random import Random
from statistics import NormalDist

import numpy as np

from pantler.simulator.rehearsal.run import Tally
from pantler.simulator.rehearsal.stream import Stream

FEWEST = 6
GRID = tuple((eps, NormalDist().inv_cdf(1.0 - eps)) for eps in (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5))
SEPARATED = 0.2
STEEPEST = 100.0
STEPS = 30


@dataclass
class Entry:
    """What one entry has shown."""

    cosines: list[float] = field(default_factory=lambda: [0.0, 1.0])
    right: list[bool] = field(default_factory=lambda: [False, True])
    curve: tuple[float, float, float] | None = None  # t, its standard error, g

    def learn(self, cosine: float, right: bool) -> None:
        self.cosines.append(cosine)
        self.right.append(right)
        self.curve = None

    def fitted(self) -> tuple[float, float, float]:
        if self.curve is None:
            self.curve = _fit(self.cosines, self.right)
        return self.curve


@dataclass(frozen=True)
class VCache:
    """At most `per_request` errors a request in expectation, by each entry's own evidence."""

    per_request: float

    def run(self, stream: Stream, seed: int) -> Tally:
        chance = Random(seed)
        tally = Tally(len(stream))
        stored = np.zeros(len(stream), np.bool_)
        entries: dict[int, Entry] = {}
        for place in range(len(stream)):
            if stream.exact[place] in entries:
                tally.exact += 1
                tally.serve(place, False)
                continue
            found = stream.nearest(place, stored)
            if found:
                other, cosine = found[0]
                right = stream.facts[other] == stream.facts[place]
                if chance.random() > self._explores(entries[other], cosine):
                    tally.serve(place, not right)
                    continue
                entries[other].learn(cosine, right)
                if right:
                    continue
            stored[place] = True
            entries[place] = Entry()
        return tally

    def _explores(self, entry: Entry, cosine: float) -> float:
        """The chance with which the model is asked."""
        if len(entry.cosines) < FEWEST:
            return 1.0
        threshold, deviation, steep = entry.fitted()
        least = 1.0
        for eps, z in GRID:
            sure = (1.0 - eps) * _sigmoid(steep * (cosine - threshold - z * deviation))
            least = min(least, 1.0 - self.per_request / max(1.0 - sure, 1e-12))
        return max(0.0, least)


def _fit(cosines: list[float], right: list[bool]) -> tuple[float, float, float]:
    """(t, its standard error, g) by Newton's method on sigmoid(u + g s), t = -u / g."""
    lowest = min(cosine for cosine, good in zip(cosines, right, strict=True) if good)
    highest = max(cosine for cosine, good in zip(cosines, right, strict=True) if not good)
    if highest < lowest:
        return (lowest + highest) / 2.0, sqrt(SEPARATED / len(cosines)), STEEPEST
    s, y = np.array(cosines), np.array(right, np.float64)
    u, g = -3.0, 4.0
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(u + g * s, -30.0, 30.0)))
        w = p * (1.0 - p) + 1e-6
        hessian = np.array([[w.sum(), (w * s).sum()], [(w * s).sum(), (w * s * s).sum() + 1e-4]])
        step = np.linalg.solve(hessian, np.array([(p - y).sum(), ((p - y) * s).sum() + 1e-4 * g]))
        u, g = u - step[0], min(STEEPEST, max(0.1, g - step[1]))
        if abs(step).max() < 1e-6:
            break
    threshold = min(1.0, max(0.0, -u / g))
    gradient = np.array([-1.0 / g, u / (g * g)])
    return threshold, sqrt(max(0.0, float(gradient @ np.linalg.inv(hessian) @ gradient))), float(g)


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, logit))))
