"""What the agreement of cheap models tells of every model's answer.

Two models are asked together, then perhaps a third. What they say is one of the states below; in each

    log-odds of P(m is wrong | state, query) = a_m + b_m z_m,      z_m: the log-odds before any call

is fitted to the training queries in it, leaning on what was believed before (a = 0, b = 1).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.learning.erring import expit

Array = NDArray[np.float64]

AGREE, DIFFER, FIRST, SECOND, NEITHER = range(5)  # the last three: with whom a third sides, the first two differing
STATES = 5
HOLD_SHIFT = 1.0  # how tightly a is held at 0 and b at 1, in queries
HOLD_SLOPE = 10.0
ROUNDS = 12


@dataclass(frozen=True)
class Agreement:
    """The places of two models asked together and of a third, -1 for none, with what their answers tell.

    `shifts` and `slopes` (STATES, models) are a and b; `agrees` the two numbers of the log-odds that the pair agrees;
    `sides` the chances of FIRST, SECOND and NEITHER.
    """

    asked: tuple[int, int, int]
    shifts: Array
    slopes: Array
    agrees: tuple[float, float]
    sides: Array

    def wrong(self, state: int, odds: Array) -> Array:
        """(n, models): P(wrong) in a state, by the log-odds before any call."""
        return expit(self.shifts[state] + self.slopes[state] * odds)

    def agreeing(self, odds: Array) -> Array:
        """(n,): the chance that the pair agrees."""
        first, second, _ = self.asked
        return expit(self.agrees[0] + self.agrees[1] * (odds[:, first] + odds[:, second]))


def states(answers: NDArray[np.object_], asked: tuple[int, int, int]) -> NDArray[np.intp]:
    """(n,): the state of each query; an empty answer agrees with none."""
    first, second, third = (answers[:, place] for place in asked)
    found = np.where(_same(first, second), AGREE, DIFFER)
    if asked[2] < 0:
        return found
    sided = np.select([_same(first, third), _same(second, third)], [FIRST, SECOND], NEITHER)
    return np.where(found == AGREE, AGREE, sided)


def agreement(asked: tuple[int, int, int], answers: NDArray[np.object_], odds: Array, labels: Array) -> Agreement:
    """Fitted to queries with the log-odds (n, models) before any call and the labels (n, models)."""
    state = states(answers, asked)
    shifts, slopes = np.zeros((STATES, odds.shape[1])), np.ones((STATES, odds.shape[1]))
    differing = np.flatnonzero(state != AGREE)
    for each in range(STATES):
        rows = differing if each == DIFFER else np.flatnonzero(state == each)
        if len(rows):
            shifts[each], slopes[each] = _lines(odds[rows], labels[rows])
    pair = (odds[:, asked[0]] + odds[:, asked[1]])[:, None]
    shift, slope = _lines(pair, (state == AGREE).astype(float)[:, None], around=0.0)
    sides = np.array([np.count_nonzero(state == each) + 1.0 for each in (FIRST, SECOND, NEITHER)])
    return Agreement(asked, shifts, slopes, (float(shift[0]), float(slope[0])), sides / sides.sum())


def _lines(odds: Array, labels: Array, around: float = 1.0) -> tuple[Array, Array]:
    """The shift and the slope of each column, by Newton's method."""
    shift, slope = np.zeros(odds.shape[1]), np.full(odds.shape[1], around)
    for _ in range(ROUNDS):
        chance = expit(shift + slope * odds)
        missed, spread = chance - labels, chance * (1.0 - chance)
        by_shift = missed.sum(axis=0) + HOLD_SHIFT * shift
        by_slope = (missed * odds).sum(axis=0) + HOLD_SLOPE * (slope - around)
        both = (spread * odds).sum(axis=0)
        shifts, slopes = spread.sum(axis=0) + HOLD_SHIFT, (spread * odds**2).sum(axis=0) + HOLD_SLOPE
        divisor = shifts * slopes - both**2
        shift = shift - (slopes * by_shift - both * by_slope) / divisor
        slope = slope - (shifts * by_slope - both * by_shift) / divisor
    return shift, slope


def _same(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (one == other) & (one != "")
    return found
