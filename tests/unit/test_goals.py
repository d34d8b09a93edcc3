"""From what people can state to the weight of an error, on recent requests."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pantler.core.cost import Weights
from pantler.core.packing import as_kept
from pantler.core.plans import direct
from pantler.core.rows import Candidate
from pantler.core.types import Appraisal, Call, Miss, Outcome, Plan, Query
from pantler.learning.affording import NO_ROOM, within
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK, FITTED, Doubts
from pantler.learning.exploring import Exploring
from pantler.learning.goals import EVERY, FEWEST, Goal, Pursuit, reached
from pantler.learning.pace import DAY_SECONDS
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned

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


def pursuing(goal: Goal, doubts: Doubts = FITTED) -> Exploring:
    weights = Weights()
    inner = Learned(direct(("small", "large")), "large", Trust(weights))
    each = Exploring(inner, Correction(Roster(("small", "large"), "large"), doubts), weights)
    each.pursuit = Pursuit(goal, 1)
    return each


def paid(each: Exploring, times: NDArray[np.float64]) -> list[float]:
    """What each request has taken, one at each time."""
    prices = []
    for row, time in enumerate(times):
        query = Query(row, appraisal=Appraisal(tuple(WRONG[row % 400].tolist()), (1.0, 10.0), time=float(time)))
        (model,) = each.choose(Miss(query), _NoRoom()).plan.models
        prices.append(1.0 if model == "small" else 10.0)
        each.learn(Outcome(query, model, prices[-1], plan=Plan((model,))), None)
    return prices


def test_a_burst_within_the_budget_is_not_throttled() -> None:
    """Twenty requests in seconds are no rate by which a day's budget would be spent."""
    each = pursuing(Goal(budget_per_day=50_000.0))
    found = paid(each, 8 * DAY_SECONDS + 40_000.0 + np.linspace(0.0, 5.5, 60))
    assert found == [10.0] * 60


def test_a_days_budget_is_spent_over_the_day_and_not_more() -> None:
    each = pursuing(Goal(budget_per_day=12_000.0))  # of the 20,000 that the large model would take
    for day in range(2):
        found = paid(each, (8.0 + day) * DAY_SECONDS + np.linspace(0.0, DAY_SECONDS - 1.0, 2_000))
        assert 0.8 * 12_000.0 <= sum(found) <= 1.01 * 12_000.0
        assert sum(found[1_000:]) >= 4_000.0, "nor is it gone by noon"


def test_what_was_spent_today_counts_after_a_restart() -> None:
    each, again = (pursuing(Goal(budget_per_day=300.0)) for _ in range(2))
    noon = 8 * DAY_SECONDS + DAY_SECONDS / 2
    paid(each, noon + np.linspace(0.0, 600.0, 60))
    again.restore(as_kept(each.snapshot()))
    assert again.pursuit is not None
    assert each.pursuit is not None
    assert again.pursuit.pace.spent == each.pursuit.pace.spent > 0.0
    assert sum(paid(again, noon + np.linspace(600.0, 1_200.0, 60))) == 60.0, "the rest is for the cheapest"


def test_a_budget_binds_on_a_route_that_begins_from_nothing_and_is_never_rated() -> None:
    each = pursuing(Goal(budget_per_day=4_000.0), BLANK)  # of the 20,000 that the large model would take
    found = paid(each, 8 * DAY_SECONDS + np.linspace(0.0, DAY_SECONDS - 1.0, 2_000))
    assert found[:10] == [10.0] * 10, "as long as they are few by the hour"
    assert sum(found) <= 4_000.0


@pytest.mark.parametrize("begins", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("requests", [5, 20, 60, 1_000])
@pytest.mark.parametrize("doubts", [FITTED, BLANK], ids=["fitted", "blank"])
def test_a_budget_holds_from_the_first_request_on(doubts: Doubts, requests: int, begins: float) -> None:
    each = pursuing(Goal(budget_per_day=45.0), doubts)
    found = paid(each, (8 + begins) * DAY_SECONDS + np.linspace(0.0, 60.0, requests))
    so_far = np.cumsum(found)
    assert (so_far[np.array(found) > 1.0] <= 45.0).all(), "past it only the cheapest answers"


def test_a_request_whose_text_was_not_looked_at_is_held_to_the_budget_by_the_price_list() -> None:
    each = pursuing(Goal(budget_per_day=5.0))
    listed = {"small": 1.0, "large": 10.0}
    call = each.choose(Miss(Query(0), foresee=listed.get), _NoRoom())
    assert (call.plan.models, call.reason) == (("small",), NO_ROOM)


@pytest.mark.parametrize("drawn", ["small", "large"])
def test_what_may_be_drawn_and_is_too_dear_hands_its_chance_on(drawn: str) -> None:
    weighed = (Candidate(("small",), 1.0, None, 0.2, 0.25), Candidate(("large",), 10.0, None, 0.1, 0.75))
    chance = {"small": 0.25, "large": 0.75}[drawn]
    call = Call(Plan((drawn,)), 1.0, chance, candidates=weighed)
    found = within(call, 5.0, Miss(Query(0, appraisal=Appraisal((0.2, 0.1), (1.0, 10.0)))), Weights())
    assert (found.plan.models, found.propensity) == (("small",), 1.0)
    assert [each.propensity for each in found.candidates] == [1.0, 0.0]
    assert (found.reason == NO_ROOM) == (drawn == "large")


def test_explaining_what_a_budget_has_room_for_changes_nothing() -> None:
    each = pursuing(Goal(budget_per_day=5.0))
    before = as_kept(each.snapshot())
    miss = Miss(Query(0, appraisal=Appraisal((0.2, 0.1), (1.0, 10.0), time=8 * DAY_SECONDS)))
    assert each.choose(miss, _NoRoom()).plan.models == ("small",)
    assert as_kept(each.snapshot()) == before


def test_what_costs_more_than_all_models_is_answered_by_the_cheapest() -> None:
    each = pursuing(Goal(budget_per_day=0.5))
    assert paid(each, 8 * DAY_SECONDS + np.linspace(0.0, 60.0, 40)) == [1.0] * 40


def test_a_budget_that_suffices_for_the_reference_model_leaves_it_asked_while_little_was_heard() -> None:
    each = pursuing(Goal(budget_per_day=50_000.0), BLANK)
    found = paid(each, 8 * DAY_SECONDS + np.linspace(0.0, DAY_SECONDS - 1.0, 500))
    assert found.count(10.0) >= 480, "all but a few that are tried"


@pytest.mark.parametrize("appraisal", [None, Appraisal((0.2, 0.1)), Appraisal((0.2,), (1.0,), models=("other",))])
def test_what_was_paid_counts_against_a_budget_where_nothing_was_expected(appraisal: Appraisal | None) -> None:
    each = pursuing(Goal(budget_per_day=300.0))
    assert each.pursuit is not None
    for row in range(50):
        each.learn(Outcome(Query(row, appraisal=appraisal), "large", 10.0, plan=Plan(("large",))), None)
    assert each.pursuit.pace.spent == 500.0
    assert each.pursuit.pace.requests_a_day(1_000.0) > 0.0, "and they are requests"


def test_a_new_day_begins_with_a_request_of_which_nothing_but_its_time_is_known() -> None:
    each = pursuing(Goal(budget_per_day=10.0))
    assert each.pursuit is not None
    for day in (8, 9):
        query = Query(day, appraisal=Appraisal((0.2, 0.1), time=day * DAY_SECONDS))
        each.learn(Outcome(query, "large", 10.0, plan=Plan(("large",))), None)
        assert each.pursuit.pace.spent == 10.0


@pytest.mark.parametrize("goal", [Goal(max_quality_loss=0.3), Goal(budget_per_day=1e9)])
def test_the_first_requests_of_a_route_with_a_goal_go_to_the_reference_model(goal: Goal) -> None:
    each = pursuing(goal)
    call = each.choose(Miss(Query(0, appraisal=Appraisal((0.2, 0.1), (1.0, 10.0), time=1.0))), _NoRoom())
    assert call.plan.models == ("large",)
    assert "$" not in call.reason
    assert paid(each, np.linspace(0.0, 1.0, FEWEST)) == [10.0] * FEWEST
    assert each.pursuit is not None
    assert each.pursuit.is_solved


class _NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False
