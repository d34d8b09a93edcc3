"""A near answer beside the call that it would save, as an appraisal expects it to cost."""

import pytest

from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.item import Item
from pantler.core.ranking import Ranking
from pantler.core.rows import Candidate
from pantler.core.types import Appraisal, Call, Miss, Plan, Query, Serve
from pantler.learning.trust import Trust
from pantler.live.weighing import bearable_beside, call_cost
from pantler.multiplexers.learned import Learned
from pantler.policies.lec import LEC

WEIGHTS = Weights(0.0, 10.0)
EASY = Query(1, appraisal=Appraisal((0.1, 0.05), (1.0, 8.0)))
DEAR = Query(2, appraisal=Appraisal((0.9, 0.3), (1.0, 4.0)))


@pytest.fixture
def engine() -> Engine:
    plans = (Plan(("small",)), Plan(("large",)))
    made = Engine(Cache(Ranking(LEC()), 100), Learned(plans, "large", Trust(WEIGHTS)))
    made.cache.put(Item(7, 1.0, 1, Serve(EASY, "small", 1.0, wrong=0.05)))
    return made


@pytest.mark.parametrize(("query", "least"), [(EASY, 1.0 + 10.0 * 0.1), (DEAR, 4.0 + 10.0 * 0.3)])
def test_it_may_be_as_doubtful_as_the_cheapest_call_is_dear_for_this_very_text(
    engine: Engine, query: Query, least: float
) -> None:
    most = bearable_beside(engine, Miss(query), WEIGHTS)
    assert 10.0 * most(8) == pytest.approx(least)
    assert 10.0 * (1.0 - (1.0 - most(7)) * (1.0 - 0.05)) == pytest.approx(least), "its own chance of an error counts"


def test_where_an_error_costs_nothing_any_near_answer_is_cheaper(engine: Engine) -> None:
    assert bearable_beside(engine, Miss(EASY), Weights())(7) == float("inf")


def test_a_plan_that_is_tried_counts_as_the_cheapest_of_those_that_might_have_been_drawn() -> None:
    tried, best, never = (
        Candidate((name,), price, 0.0, wrong, propensity)
        for name, price, wrong, propensity in (("a", 5.0, 0.5, 0.25), ("b", 1.0, 0.2, 0.75), ("c", 0.1, 0.0, 0.0))
    )
    assert call_cost(Call(Plan(("a",)), 10.0, 0.25, candidates=(tried, best, never)), WEIGHTS) == 1.0 + 10.0 * 0.2
