"""What was expected of plans, corrected by what came of them where they were asked.

    r_p        (sum of what came of p + K m) / (sum of what was expected of it + K m),  m the mean of what was expected
    expected   r_p q,   q being what the ledger has written down before the call; at most 1 of P(wrong)
    astray     how much further, as a share, r_p q is off in parts of its range than chance lets it be, root mean square

It is held against its own plan only, so that nothing is said of one that was asked fewer than LEAST_TOLD times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.core.rows import Candidate
from pantler.simulator.rescoring.logged import Logged

Array = NDArray[np.float64]
Places = NDArray[np.intp]
MEASURES = ("price", "latency", "wrong")
K = 5.0
LEAST_TOLD = 30
PARTS = 4


@dataclass(frozen=True)
class Heard:
    """Of n decisions the plan that was asked, what was expected of it and what came, (3, n) with NaN where unknown.

    `usual` are the seconds that each plan took, which are expected of it where nobody knew any. `queries` are numbers
    from 0 on, the same for decisions that ask the same.
    """

    plans: tuple[tuple[str, ...], ...]
    taken: Places
    expected: Array
    came: Array
    usual: Array
    queries: Places

    def known(self, measure: str) -> NDArray[np.bool_]:
        """Where it is known what came."""
        found: NDArray[np.bool_] = np.isfinite(self.came[MEASURES.index(measure)])
        return found

    def of(self, measure: str) -> "Corrections":
        """What one measure of the plans is corrected by."""
        row, known = MEASURES.index(measure), np.flatnonzero(self.known(measure))
        columns = self.taken[known], self.expected[row, known], self.came[row, known]
        asked = np.unique(np.stack([columns[0], self.queries[known]]), axis=1)[0]
        return Corrections(known, *columns, np.bincount(asked, minlength=len(self.plans)))


@dataclass(frozen=True)
class Corrections:
    """Of one measure, at the decisions (k,) where it is known: the plan asked, what was expected, what came.

    `told` is of how many queries that was, of each plan.
    """

    rows: Places
    taken: Places
    expected: Array
    came: Array
    told: Places

    def ratios(self, counts: Array) -> Array:
        """What each plan's expectation is multiplied by, (..., plans), each decision counted so often, (..., n)."""
        of_plan = (self.taken[:, None] == np.arange(len(self.told))).astype(float)
        counts = counts[..., self.rows]
        asked, came, expected = (
            (counts * values) @ of_plan for values in (np.ones(len(self.rows)), self.came, self.expected)
        )
        prior = K * expected / np.maximum(asked, 1.0)
        found: Array = np.divide(came + prior, expected + prior, out=np.ones_like(asked), where=expected > 0.0)
        return found

    def astray(self, ratios: Array) -> Array:
        """Of each plan so corrected, 0 where there is too little to tell."""
        found = np.zeros(len(self.told))
        for plan, ratio in enumerate(ratios):
            rows = np.flatnonzero((self.taken == plan) & (self.expected > 0.0))
            rows = rows[np.argsort(self.expected[rows], kind="stable")]
            if len(rows) >= LEAST_TOLD:
                found[plan] = _astray(self.came[rows], ratio * self.expected[rows])
        return found


def heard(logged: Sequence[Logged]) -> Heard:
    """All that was asked."""
    taken = [one.candidates[one.taken] for one in logged]
    plans = tuple(dict.fromkeys(each.models for one in logged for each in one.candidates))
    places = {plan: place for place, plan in enumerate(plans)}
    asked = np.array([places[each.models] for each in taken], np.intp)
    unknown = float("nan")
    came = np.array([(one.price, one.seconds, unknown if one.wrong is None else one.wrong) for one in logged]).T
    times = np.bincount(asked, minlength=len(plans))
    usual = np.bincount(asked, came[MEASURES.index("latency")], len(plans)) / np.maximum(times, 1)
    expected = [expectations(each, usual[place]) for each, place in zip(taken, asked, strict=True)]
    return Heard(plans, asked, np.array(expected).T, came, usual, _numbered(logged))


def expectations(plan: Candidate, usual: float) -> tuple[float, float, float]:
    """Of each measure, what was expected of a plan that usually takes so many seconds."""
    return plan.price or 0.0, usual if plan.latency_seconds is None else plan.latency_seconds, plan.wrong


def _numbered(logged: Sequence[Logged]) -> Places:
    """The queries, in the order in which they have come; one that is not known again is one of its own."""
    named = [one.query or at for at, one in enumerate(logged)]
    places = {name: place for place, name in enumerate(dict.fromkeys(named))}
    return np.array([places[name] for name in named], np.intp)


def _astray(came: Array, expected: Array) -> float:
    off = []
    for part in np.array_split(np.arange(len(came)), PARTS):
        mean = max(float(expected[part].mean()), 1e-300)
        chance = float(came[part].var(ddof=1)) / (len(part) * mean**2)
        off.append((float(came[part].mean()) / mean - 1.0) ** 2 - chance)
    return float(np.sqrt(max(0.0, float(np.mean(off)))))
