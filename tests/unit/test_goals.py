"""From what people can state to the weight of an error, on recent requests."""

import numpy as np
import pytest

from pantler.core.cost import Weights
from pantler.core.plans import direct
from pantler.core.types import Appraisal, Miss, Outcome, Query
from pantler.learning.correction import Correction, Roster
from pantler.learning.exploring import Exploring
from pantler.learning.goals import EVERY, FEWEST, Goal, Pursuit, reached, requests_a_day
from pantler.multiplexers.learned import Learned, Trust

RNG = np.random.default_rng(0)
PRICES = np.tile([1.0, 10.0], (400, 1))
WRONG = np.stack([RNG.uniform(0.1, 0.9, 400), np.full(400, 0.1)], axis=1)


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.1, 0.3])
def test_the_least_weight_is_found_that_keeps_the_quality(loss: float) -> None:
    found = reached(Goal(max_quality_loss=loss), PRICES, WRONG, reference=1, per_day=1.0)
    assert found.is_met
    assert found.wrong <= found.reference_wrong + loss + 1e-9
    less = np.argmin(PRICES + 0.99 * found.value * WRONG, axis=1)
    assert WRONG[np.arange(400), less].mean() >= found.wrong


@pytest.mark.parametrize("per_call", [1.5, 4.0, 9.0])
def test_the_largest_weight_is_found_that_keeps_the_budget(per_call: float) -> None:
    found = reached(Goal(budget_per_day=100.0 * per_call), PRICES, WRONG, reference=1, per_day=100.0)
    assert found.is_met
    assert 0.9 * per_call < found.price <= per_call


def test_a_budget_below_the_cheapest_model_is_said_not_to_be_met() -> None:
    found = reached(Goal(budget_per_day=0.5), PRICES, WRONG, reference=1, per_day=1.0)
    assert not found.is_met
    assert found.price == 1.0


def test_a_quality_that_no_weight_reaches_is_said_not_to_be_met() -> None:
    wrong = np.tile([0.5, 0.5], (400, 1))
    assert reached(Goal(max_quality_loss=0.0), PRICES, wrong, reference=1, per_day=1.0).is_met
    worse = np.stack([np.full(400, 0.6), np.full(400, 0.5)], axis=1)
    assert reached(Goal(max_quality_loss=0.05), PRICES, worse, reference=1, per_day=1.0).price == 10.0


def test_requests_a_day_are_told_by_their_times() -> None:
    assert requests_a_day(np.array([0.0, 10.0, 20.0])) == pytest.approx(8640.0)


def test_a_route_with_a_goal_finds_its_weight_and_says_so() -> None:
    weights = Weights()
    inner = Learned(direct(("small", "large")), "large", Trust(weights))
    each = Exploring(inner, Correction(Roster(("small", "large"), "large")), weights)
    each.pursuit = Pursuit(Goal(max_quality_loss=0.05), 1)
    chosen = []
    for row in range(300):
        query = Query(row, appraisal=Appraisal(tuple(WRONG[row].tolist()), (1.0, 10.0), time=float(row)))
        call = each.choose(Miss(query), _NoRoom())
        (model,) = call.plan.models
        each.learn(Outcome(query, model, 1.0 if model == "small" else 10.0, plan=call.plan), None)
        chosen.append(WRONG[row, ("small", "large").index(model)])
    assert each.weights.error == each.pursuit.value == inner.aims.weights.error > 0.0
    assert np.mean(chosen[FEWEST + EVERY :]) == pytest.approx(0.15, abs=0.02)
    assert "a wrong answer at $" in call.reason


class _NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False
