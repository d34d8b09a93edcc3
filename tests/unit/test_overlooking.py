"""What multiplexers learn from a model that was asked beside another one: of it alone, and never that it was asked."""

import pytest

from pantler.core.beliefs import Beliefs
from pantler.core.cost import Weights
from pantler.core.plans import direct
from pantler.core.seams import Overlooking
from pantler.core.types import Appraisal, Outcome, Plan, Query, Rating
from pantler.estimators.mean import Mean
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import FITTED
from pantler.learning.exploring import Exploring
from pantler.learning.goals import Goal, Pursuit
from pantler.learning.trust import Trust
from pantler.multiplexers.amortised import Amortised
from pantler.multiplexers.learned import Learned
from pantler.multiplexers.online import Online

MODELS = ("small", "large")
WEIGHTS = Weights(error=100.0)
EXPECTED = Appraisal((0.3, 0.1), (1.0, 10.0), models=MODELS)


def exploring() -> Exploring:
    inner = Learned(direct(MODELS), "large", Trust(WEIGHTS))
    return Exploring(inner, Correction(Roster(MODELS, "large"), FITTED), WEIGHTS)


def outcome(key: int, model: str, charge: float, wrong: float | None = None) -> Outcome:
    return Outcome(Query(key, appraisal=EXPECTED), model, charge, wrong=wrong, plan=Plan((model,)))


def test_its_errors_and_its_charges_move_what_is_expected_of_it_and_of_no_other() -> None:
    each = exploring()
    before = each.correction.odds(EXPECTED)
    for key in range(60):
        each.shadowed(outcome(key, "small", 3.0, wrong=1.0))
    after = each.correction.odds(EXPECTED)
    assert after[0] > before[0] + 1.0
    assert after[1] == pytest.approx(before[1])
    assert each.charges.prices(EXPECTED)[0] > 2.0
    assert each.charges.prices(EXPECTED)[1] == 10.0
    assert each.correction.heard["small"] == 60


def test_a_rating_of_the_answer_that_was_given_still_teaches_its_model() -> None:
    each = exploring()
    each.learn(outcome(1, "large", 10.0), None)
    each.shadowed(outcome(1, "small", 1.0))
    each.learn(Rating(Query(1), "large", 0.0), None)
    assert (each.correction.heard["small"], each.correction.heard["large"]) == (0, 1)


def test_a_budget_pays_for_it_though_it_is_no_request() -> None:
    each = exploring()
    each.pursuit = Pursuit(Goal(budget_per_day=1e6), 1)
    each.learn(outcome(1, "large", 10.0), None)
    requests = each.pursuit.pace.requests_a_day(1e6)
    each.shadowed(outcome(1, "small", 4.0))
    assert each.pursuit.pace.spent == 14.0
    assert each.pursuit.pace.requests_a_day(1e6) == pytest.approx(requests, rel=1e-4)


def test_without_a_label_only_the_charge_is_learned() -> None:
    each = exploring()
    each.shadowed(outcome(1, "small", 3.0))
    assert each.correction.heard["small"] == 0
    assert each.charges.prices(EXPECTED)[0] > 1.0


@pytest.mark.parametrize("kind", [Online, Amortised])
def test_those_that_know_queries_by_name_alone_learn_its_charge_and_its_errors_too(
    kind: type[Online | Amortised],
) -> None:
    prices, errors = ({model: Mean(0.5) for model in MODELS} for _ in range(2))
    each = kind(Beliefs(prices, errors, WEIGHTS.error))
    assert isinstance(each, Overlooking)
    for key in range(60):
        each.shadowed(outcome(key, "small", 3.0, wrong=1.0))
    assert each.beliefs.error("small", 999) > 0.9
    assert each.beliefs.price("small", 999) == pytest.approx(3.0, abs=0.1)
    assert (each.beliefs.error("large", 999), each.beliefs.price("large", 999)) == (0.5, 0.5)
