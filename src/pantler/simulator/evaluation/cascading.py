"""One rule over direct calls and cascades of agreeing models, before and after each call.

    direct m      c_m + V P(m is wrong)
    a with b      c_a + c_b + P(agree) v(agree) + P(differ) v(differ)
    v(state)      least over m of  [c_m, if m was not asked yet] + V P(m is wrong | state)
    v(differ)     the same, or  c_third + sum over sides of P(side) v(side), if that is less

Nothing is chosen by hand but V: where to stop, whom to trust and whom to ask next follow from it (theory 2.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.normal import normal
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import Sweep, area
from pantler.simulator.fitting.agreement import (
    AGREE,
    DIFFER,
    FIRST,
    NEITHER,
    SECOND,
    Agreement,
    agreement,
    states,
)

Array = NDArray[np.float64]


def compared(answers: NDArray[np.object_]) -> NDArray[np.object_]:
    """As the judge `agreement` compares them; what has no words as it is."""
    found: NDArray[np.object_] = np.vectorize(lambda said: normal(said) or said.strip(), otypes=[object])(answers)
    return found


@dataclass(frozen=True)
class Table:
    """Queries by models: expected and paid costs, scores, answers, the log-odds before any call."""

    expected: Array
    costs: Array
    scores: Array
    answers: NDArray[np.object_]
    odds: Array

    def __len__(self) -> int:
        return len(self.costs)

    def rows(self, chosen: NDArray[np.intp]) -> "Table":
        """The chosen queries, in that order."""
        return Table(
            self.expected[chosen], self.costs[chosen], self.scores[chosen], self.answers[chosen], self.odds[chosen]
        )


@dataclass(frozen=True)
class Followed:
    """A plan at one V: what it was expected to cost, what it did, how good the answer was, whose it was, each (n,)."""

    value: Array
    cost: Array
    score: Array
    model: NDArray[np.intp]


def direct(table: Table, price: float) -> Followed:
    """The best single call for each query."""
    values = table.expected + price / (1.0 + np.exp(-table.odds))
    rows, chosen = np.arange(len(table)), np.argmin(values, axis=1)
    return Followed(values[rows, chosen], table.costs[rows, chosen], table.scores[rows, chosen], chosen)


def followed(plan: Agreement, table: Table, price: float) -> Followed:
    """The plan carried out on every query."""
    first, second, third = plan.asked
    pair = [first, second]
    agreed = _settled(plan, AGREE, pair, table, price)
    differed = _settled(plan, DIFFER, pair, table, price)
    state = states(table.answers, plan.asked)
    sides = [_settled(plan, side, [*pair, third], table, price) for side in (FIRST, SECOND, NEITHER)]
    goes_on = table.expected[:, third] + sum(
        chance * side.value for chance, side in zip(plan.sides, sides, strict=True)
    )
    asks_third = (goes_on < differed.value) & (third >= 0)
    after = np.where(asks_third, goes_on, differed.value)
    chance = plan.agreeing(table.odds)
    value = table.expected[:, pair].sum(axis=1) + chance * agreed.value + (1.0 - chance) * after
    is_agreed = state == AGREE
    cases = [is_agreed, ~asks_third, state == FIRST, state == SECOND]
    cost = np.select(cases, [each.cost for each in (agreed, differed, *sides[:2])], sides[2].cost)
    score = np.select(cases, [each.score for each in (agreed, differed, *sides[:2])], sides[2].score)
    model = np.select(cases, [each.model for each in (agreed, differed, *sides[:2])], sides[2].model)
    paid = table.costs[:, pair].sum(axis=1) + np.where(~is_agreed & asks_third, table.costs[:, third], 0.0)
    return Followed(value, paid + cost, score, model)


def _settled(plan: Agreement, state: int, asked: list[int], table: Table, price: float) -> Followed:
    """What remains to be paid and risked in a state, as if every query were in it."""
    further = np.ones(table.costs.shape[1])
    further[[place for place in asked if place >= 0]] = 0.0
    values = further * table.expected + price * plan.wrong(state, table.odds)
    rows, chosen = np.arange(len(table)), np.argmin(values, axis=1)
    return Followed(values[rows, chosen], (further * table.costs)[rows, chosen], table.scores[rows, chosen], chosen)


def least(plans: Sequence[Agreement], table: Table, price: float) -> Followed:
    """For each query the plan of least expected cost, direct calls among them, at one V."""
    every = [direct(table, price), *(followed(plan, table, price) for plan in plans)]
    chosen, rows = np.argmin([each.value for each in every], axis=0), np.arange(len(table))
    value, cost, score = (
        np.array([getattr(each, name) for each in every])[chosen, rows] for name in ("value", "cost", "score")
    )
    return Followed(value, cost, score, np.array([each.model for each in every])[chosen, rows])


def cascaded(plans: Sequence[Agreement], table: Table, prices: Array) -> Sweep:
    """For each query the plan of least expected cost, direct calls among them, at each V."""
    return _least([_direct(table, prices), *(_carried(plan, table, prices) for plan in plans)])


def chosen_plans(table: Table, prices: Array, most: int = 4) -> list[Agreement]:
    """The plans that reach the largest areas on the training queries, each beside direct calls.

    What a plan reaches is measured on the half of the queries to which it was not fitted. Several are kept, for which
    of them chance has ranked first says little, but one of each pair, for the rest are nearly the same.
    """
    single = singles(table.scores, table.costs)
    halves = [np.arange(half, len(table), 2) for half in (0, 1)]
    order = np.concatenate(halves[::-1])
    alone = _Carried(*(each[:, order] for each in _direct(table, prices)))

    def reached(asked: tuple[int, int, int]) -> float:
        parts = [
            _carried(_fitted(asked, table.rows(fitted)), table.rows(held), prices)
            for fitted, held in (halves, halves[::-1])
        ]
        whole = _Carried(*(np.concatenate(each, axis=1) for each in zip(*parts, strict=True)))
        return area(_least([alone, whole]), single)

    cheap = _cheap(table)
    areas = {(*pair, -1): reached((*pair, -1)) for pair in combinations(cheap, 2)}
    best = sorted(areas, key=lambda asked: -areas[asked])[: 2 * most]
    thirds = [(one, other, third) for one, other, _ in best for third in cheap if third not in (one, other)]
    areas.update({asked: reached(asked) for asked in thirds})
    kept: dict[frozenset[int], tuple[int, int, int]] = {}
    for asked in sorted(areas, key=lambda asked: -areas[asked]):
        kept.setdefault(frozenset(asked[:2]), asked)
    return [_fitted(asked, table) for asked in list(kept.values())[:most]]


def _fitted(asked: tuple[int, int, int], table: Table) -> Agreement:
    return agreement(asked, table.answers, table.odds, 1.0 - table.scores)


class _Carried(NamedTuple):
    """A plan at every V: expected cost, paid cost and score, (values of V, n) each."""

    values: Array
    costs: Array
    scores: Array


def _carried(plan: Agreement, table: Table, prices: Array) -> _Carried:
    return _stacked([followed(plan, table, price) for price in prices])


def _direct(table: Table, prices: Array) -> _Carried:
    return _stacked([direct(table, price) for price in prices])


def _stacked(every: Sequence[Followed]) -> _Carried:
    values, costs, scores = (np.array([getattr(each, name) for each in every]) for name in ("value", "cost", "score"))
    return _Carried(values, costs, scores)


def _least(every: Sequence[_Carried]) -> Sweep:
    """What comes of the least expected cost at each V, for each query."""
    values, costs, scores = every[0]
    for other in every[1:]:
        is_less = other.values < values
        values = np.where(is_less, other.values, values)
        costs, scores = np.where(is_less, other.costs, costs), np.where(is_less, other.scores, scores)
    return Sweep(costs, scores)


def _cheap(table: Table) -> list[int]:
    """The models that cost less than the best one, cheapest first."""
    mean = table.costs.mean(axis=0)
    limit = mean[singles(table.scores, table.costs).best]
    return [int(place) for place in np.argsort(mean, kind="stable") if mean[place] < limit]
