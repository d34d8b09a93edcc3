import pytest
from msgspec.structs import replace

from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.ranking import Ranking
from pantler.core.types import Call, Miss, Outcome, Query, Rating, Serve
from pantler.estimators.mean import Mean
from pantler.multiplexers.amortised import Amortised
from pantler.policies.lec import LEC

QUERY = Query(1)
PRICES = {"small": 1.0, "large": 10.0}


class Room:
    """Prospects of which every answer would be kept, or none."""

    def __init__(self, *, keeps: bool) -> None:
        self.answer = keeps

    def keeps(self, query: Query, saved: float) -> bool:
        return self.answer


ROOM, FULL = Room(keeps=True), Room(keeps=False)


def amortised(small: float = 0.4, large: float = 0.1, *, sure: float = 1000.0) -> Amortised:
    """Two models, penalty 10: the dear one pays from 3 serves on, by default."""
    errors = {"small": Mean(small, prior_weight=sure), "large": Mean(large, prior_weight=sure)}
    return Amortised(Beliefs({model: Mean(price) for model, price in PRICES.items()}, errors, wrong_cost=10.0))


def engine(multiplexer: Amortised, capacity: int = 4) -> Engine:
    return Engine(Cache(Ranking(LEC()), capacity), multiplexer)


def ask(of: Engine, query: Query = QUERY) -> str:
    """One request; returns the model that answers it."""
    found = of.look(query)
    call = found.upgrade if isinstance(found, Serve) else of.decide(found)
    if call is None:
        assert isinstance(found, Serve)
        return found.model
    assert isinstance(call, Call)
    (model,) = call.plan.models
    of.learn(Outcome(query, model, PRICES[model], charges=((model, PRICES[model]),)))
    return model


def test_a_rare_query_goes_to_the_cheap_model() -> None:
    assert amortised().choose(Miss(QUERY, 1), ROOM).plan.models == ("small",)


def test_a_popular_query_earns_the_dear_model() -> None:
    assert amortised().choose(Miss(QUERY, 4), ROOM).plan.models == ("large",)


def test_a_dear_answer_is_not_bought_where_it_would_not_be_kept() -> None:
    assert amortised().choose(Miss(QUERY, 4), FULL).plan.models == ("small",)


def test_an_answer_is_upgraded_once_its_query_turns_out_popular() -> None:
    asked = engine(amortised())
    assert [ask(asked) for _ in range(5)] == ["small", "small", "small", "large", "large"]
    assert asked.ledger.spent == PRICES["small"] + PRICES["large"]


def test_an_answer_known_right_is_never_upgraded() -> None:
    asked = engine(amortised())
    ask(asked)
    asked.learn(Rating(QUERY, "small", good=1.0))
    assert {ask(asked) for _ in range(20)} == {"small"}


def test_an_answer_known_wrong_is_dropped() -> None:
    asked = engine(amortised())
    ask(asked)
    verdict = asked.learn(Rating(QUERY, "small", good=0.0))
    assert not verdict.admitted
    assert isinstance(asked.look(QUERY), Miss)


def test_an_answer_known_wrong_from_the_start_is_not_kept() -> None:
    asked = engine(amortised())
    asked.learn(Outcome(QUERY, "small", 1.0, wrong=1.0))
    assert isinstance(asked.look(QUERY), Miss)


def test_a_hit_saves_the_next_best_call_less_the_error_that_the_answer_keeps() -> None:
    stored = Serve(QUERY, "large", 0.0)
    assert amortised().revalue(stored) == pytest.approx((1 + 10 * 0.4) - 10 * 0.1)


def test_being_known_right_raises_what_an_answer_is_worth() -> None:
    made = amortised()
    stored = Serve(QUERY, "small", 0.0)
    rated = made.learn(Rating(QUERY, "small", good=1.0), stored)
    assert rated is not None
    assert rated.saved > made.revalue(stored)


def test_answers_that_were_evicted_before_are_expected_to_serve_less() -> None:
    made = amortised()
    stored = Serve(QUERY, "small", 1.0)
    assert made.revisit(stored, 4) is not None
    made.left(stored, 4)
    assert made.revisit(stored, 4) is None
    assert made.revisit(stored, 8) is not None


def test_evictions_are_remembered_of_so_many_queries_only() -> None:
    made = amortised()
    made.max_keys = 1
    made.left(Serve(QUERY, "small", 1.0), 4)
    made.left(Serve(Query(2), "small", 1.0), 4)
    assert made.revisit(Serve(QUERY, "small", 1.0), 4) is not None


def test_ratings_teach_that_the_dear_model_is_worth_it() -> None:
    made = amortised(0.1, 0.1, sure=2.0)
    assert made.revisit(Serve(QUERY, "small", 1.0), 10) is None
    for key in range(2, 12):
        made.learn(Rating(Query(key), "small", good=0.0), None)
    upgrade = made.revisit(Serve(QUERY, "small", 1.0), 10)
    assert upgrade is not None
    assert upgrade.plan.models == ("large",)


def test_an_upgrade_asks_another_model_than_the_one_that_answered() -> None:
    doubtful = replace(Serve(QUERY, "large", 1.0), wrong=0.9, ratings=1)
    assert amortised().revisit(doubtful, 100) is None
