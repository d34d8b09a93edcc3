"""What a ledger tells of one measure of another choice.

A decision is in the part that overlaps where what is chosen had a chance of LEAST_CHANCE or more of being asked.

    w_i              1{chosen_i = taken_i} / propensity_i in the part that overlaps
    self-normalised  sum w_i y_i / sum w_i, of that part
    doubly robust    mean of q(chosen_i) + w_i (y_i - q(taken_i)) in that part, and of q(chosen_i) in the rest
    effective        (sum w_i)^2 / sum w_i^2,  those of one query taken together

q is what was expected, corrected by what came (`expecting`). Where a part tells as much as fewer than LEAST_EFFECTIVE
decisions, q carries it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.rescoring.choosing import Choice
from pantler.simulator.rescoring.expecting import LEAST_TOLD, MEASURES, Array, Heard, Places, expectations, heard
from pantler.simulator.rescoring.logged import Logged

LEAST_CHANCE = 0.05
LEAST_EFFECTIVE = 50.0
LEAST_WEIGHED = 0.95  # share of decisions at which what is chosen was weighed at all
TWICE = 2.0
Z = 1.96
SAID_OF = {"price": "price", "latency": "latency", "wrong": "rating"}
NEVER = 1e-300  # in place of nothing, to divide nothing by


@dataclass(frozen=True)
class Rescored:
    """A choice at n decisions that were `heard`: the plan chosen, -1 where it was not weighed, and its weights (n,).

    `within` are the decisions that are looked at, `expected` (3, n) is what was expected of the chosen plans.
    """

    heard: Heard
    chosen: Places
    overlaps: NDArray[np.bool_]
    weights: Array
    expected: Array
    within: NDArray[np.bool_]


class Told:
    """Of one measure; `counts`, (..., n), say how often each decision counts, and what is said of them is (...,)."""

    def __init__(self, found: Rescored, measure: str) -> None:
        row = MEASURES.index(measure)
        known = found.heard.known(measure) & found.overlaps & found.within
        weights = found.weights[known]
        self.measure = measure
        self.decisions = int(known.sum())
        of_query = np.bincount(found.heard.queries[known], weights)
        self.effective = float(weights.sum() ** 2 / max(float(of_query @ of_query), NEVER))
        self.measured = found.overlaps & found.within & (self.effective >= LEAST_EFFECTIVE)
        self.carried = found.within & (found.chosen >= 0) & ~self.measured
        self._found = found
        self._plans = found.heard.plans
        self._most = 1.0 if measure == "wrong" else np.inf
        self._corrections = found.heard.of(measure)
        self._rows = np.flatnonzero(known)
        self._of_rows = (found.chosen[known], found.expected[row, known], weights)
        self._asked = (found.heard.taken[known], found.heard.expected[row, known], found.heard.came[row, known])
        self._by_hope = (found.chosen[self.carried], found.expected[row, self.carried])

    @property
    def carried_share(self) -> float:
        """Of the decisions, those that rest on what was expected."""
        return float(self.carried.sum()) / max(1, int(self._found.within.sum()))

    @property
    def lacking(self) -> str:
        """Why too little is told; empty where enough is."""
        weighed = float((self._found.chosen >= 0).mean())
        if weighed < LEAST_WEIGHED:
            return (
                f"at {weighed:.1%} of the decisions what is chosen was weighed, {LEAST_WEIGHED:.0%} are needed; name "
                "plans that the route weighs"
            )
        plans, counts = np.unique(self._by_hope[0], return_counts=True)
        for plan, count in zip(plans, counts, strict=True):
            if (told := self._corrections.told[plan]) < LEAST_TOLD:
                return (
                    f"at {count} decisions what is chosen had hardly a chance of being asked, and of "
                    f"{' then '.join(self._plans[plan])} the {SAID_OF[self.measure]} is known {told} times, "
                    f"{LEAST_TOLD} are needed; let the route try more, with exploration"
                )
        return ""

    def mean(self, counts: Array) -> Array:
        """Doubly robust."""
        ratios = self._corrections.ratios(counts)
        measured, carried = (counts[..., part].sum(axis=-1) for part in (self.measured, self.carried))
        total = measured * self._of_measured(counts, ratios) + carried * self._of_carried(counts, ratios)
        found: Array = total / np.maximum(measured + carried, NEVER)
        return found

    def normalised(self, counts: Array) -> Array:
        """Self-normalised, of the part that overlaps."""
        return _mean(self._asked[2], counts[..., self._rows] * self._of_rows[2])

    def widened(self, mean: float, low: float, high: float) -> tuple[float, float]:
        """An interval over resampled queries, by what no resample shows: what was expected may be TWICE astray.

        That of P(wrong) is at least as wide as Agresti and Coull's of so many decisions, since errors that have not
        come by chance do not come in a resample either.
        """
        doubt = self._doubt()
        if self.measure != "wrong":
            return max(0.0, low - doubt), high + doubt
        least_low, least_high = _share(mean, self._trials())
        return max(0.0, min(low, least_low) - doubt), min(1.0, max(high, least_high) + doubt)

    def _of_measured(self, counts: Array, ratios: Array) -> Array:
        if not self.measured.any():
            return np.zeros(counts.shape[:-1])
        (chosen, hoped, weights), (taken, expected, came) = self._of_rows, self._asked
        off = weights * (came - self._corrected(ratios, taken, expected))
        return _mean(self._corrected(ratios, chosen, hoped) + off, counts[..., self._rows])

    def _of_carried(self, counts: Array, ratios: Array) -> Array:
        return _mean(self._corrected(ratios, *self._by_hope), counts[..., self.carried])

    def _corrected(self, ratios: Array, plans: Places, expected: Array) -> Array:
        found: Array = np.minimum(self._most, ratios[..., plans] * expected)
        return found

    def _doubt(self) -> float:
        """By how much more than by chance the mean may be off."""
        ratios = self._corrections.ratios(np.ones(len(self._found.chosen)))
        plans, expected = self._by_hope
        off = self._corrections.astray(ratios)[plans] * ratios[plans] * expected
        return TWICE * float(off.sum()) / max(1, int((self._found.within & (self._found.chosen >= 0)).sum()))

    def _trials(self) -> float:
        """How many queries a share among these is told by."""
        worth = [self.effective] if self.measured.any() else []
        told: list[int] = self._corrections.told[np.unique(self._by_hope[0])].tolist()
        return float(min([*worth, *told], default=0.0))


def rescored(logged: list[Logged], choose: Choice) -> Rescored:
    """What is chosen at every decision, with its weights."""
    count, all_heard = len(logged), heard(logged)
    places: Mapping[tuple[str, ...], int] = {plan: place for place, plan in enumerate(all_heard.plans)}
    chosen, overlaps = np.full(count, -1, np.intp), np.zeros(count, np.bool_)
    weights, expected = np.zeros(count), np.zeros((len(MEASURES), count))
    for row, one in enumerate(logged):
        place = choose(one)
        if place is None:
            continue
        each = one.candidates[place]
        chosen[row] = places[each.models]
        overlaps[row] = each.propensity >= LEAST_CHANCE
        weights[row] = 1.0 / each.propensity if overlaps[row] and place == one.taken else 0.0
        expected[:, row] = expectations(each, all_heard.usual[chosen[row]])
    return Rescored(all_heard, chosen, overlaps, weights, expected, np.ones(count, np.bool_))


def _mean(values: Array, counts: Array) -> Array:
    found: Array = (counts * values).sum(axis=-1) / np.maximum(counts.sum(axis=-1), NEVER)
    return found


def _share(mean: float, trials: float) -> tuple[float, float]:
    """Agresti and Coull's interval."""
    near = (mean * trials + Z**2 / 2.0) / (trials + Z**2)
    half = Z * float(np.sqrt(max(0.0, near * (1.0 - near)) / (trials + Z**2)))
    return near - half, near + half
