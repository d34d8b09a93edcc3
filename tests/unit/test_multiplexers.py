from math import inf

import pytest

from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.errors import ConfigError, OutcomeError, UnknownPart
from pantler.core.ranking import Ranking
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.estimators.confidence import Confidence
from pantler.estimators.mean import Mean
from pantler.multiplexers.cascade import Cascade, best_threshold
from pantler.multiplexers.online import Online
from pantler.multiplexers.oracle import Oracle
from pantler.multiplexers.plugin import PlugIn
from pantler.multiplexers.single import Single
from pantler.policies.lec import LEC

QUERY = Query(1)
CACHE = Cache(Ranking(LEC()), 10)


def charged(model: str, cost: float, query: Query = QUERY) -> Outcome:
    return Outcome(query, model, cost, charges=((model, cost),))


def costs(**means: float) -> Beliefs:
    return Beliefs({model: Mean(mean, pooling=0.1) for model, mean in means.items()})


def test_single_asks_the_model_that_it_was_given() -> None:
    assert Single(costs(a=1.0, b=5.0), "b").choose(Miss(QUERY), CACHE).plan == Plan(("b",))


def test_single_refuses_a_model_that_is_unknown() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'large'"):
        Single(costs(small=1.0, large=5.0), "lagre")


def test_online_leaves_a_model_that_turns_out_dear() -> None:
    online = Online(costs(a=1.0, b=2.0))
    assert online.choose(Miss(QUERY), CACHE).plan.models == ("a",)
    online.learn(charged("a", 9.0), None)
    assert online.choose(Miss(QUERY), CACHE).plan.models == ("b",)


def test_online_with_lower_bounds_finds_the_cheapest_model() -> None:
    truth = {"a": 6.0, "b": 3.0, "c": 8.0}
    online = Online(Beliefs({model: Confidence(1.0, 10.0, doubt=2.0) for model in truth}))
    asked = []
    for _ in range(400):
        (model,) = online.choose(Miss(QUERY), CACHE).plan.models
        asked.append(model)
        online.learn(charged(model, truth[model]), None)
    assert set(asked) == set(truth)
    assert set(asked[-50:]) == {"b"}


def test_the_cache_ranks_by_the_cost_after_the_choice() -> None:
    engine = Engine(Cache(Ranking(LEC()), 10), Online(costs(a=4.0, b=3.0)))
    engine.learn(charged("b", 3.0))
    found = engine.look(QUERY)
    assert isinstance(found, Serve)
    assert found.saved == pytest.approx(3.0)


def test_the_plug_in_follows_its_log_alone() -> None:
    plugin = PlugIn(costs(a=0.0, b=0.0), [charged("a", 5.0), charged("b", 2.0), charged("a", 3.0)])
    before = plugin.choose(Miss(QUERY), CACHE)
    assert before.plan.models == ("b",)
    plugin.learn(charged("b", 100.0), None)
    plugin.learn(Rating(QUERY, "b", 0.0), None)
    assert plugin.choose(Miss(QUERY), CACHE) == before


def test_the_oracle_takes_the_least_true_cost() -> None:
    oracle = Oracle({1: {"a": 4.0, "b": 3.0}})
    assert oracle.choose(Miss(QUERY), CACHE) == Call(Plan(("b",)), 3.0, reason="least true cost")


def test_the_oracle_says_for_which_query_it_has_no_costs() -> None:
    with pytest.raises(OutcomeError, match="query 7"):
        Oracle({}).choose(Miss(Query(7)), CACHE)


def cascade(beliefs: Beliefs) -> Cascade:
    return Cascade(beliefs, Plan(("small", "large"), 0.5), Mean(0.25))


def test_a_cascade_pays_the_second_model_only_where_it_defers() -> None:
    errors = {"small": Mean(0.1), "large": Mean(0.05)}
    beliefs = Beliefs({"small": Mean(1.0), "large": Mean(10.0)}, errors, wrong_cost=20.0)
    call = cascade(beliefs).choose(Miss(QUERY), CACHE)
    assert call.expected_cost == pytest.approx(1 + 0.25 * 10 + 20 * (0.75 * 0.1 + 0.25 * 0.05))


def test_a_cascade_learns_how_often_it_defers() -> None:
    made = cascade(costs(small=1.0, large=10.0))
    before = made.choose(Miss(QUERY), CACHE).expected_cost
    made.learn(Outcome(QUERY, "large", 11.0, charges=(("small", 1.0), ("large", 10.0))), None)
    assert made.choose(Miss(QUERY), CACHE).expected_cost > before


@pytest.mark.parametrize("models", [("small",), ("small", "huge"), ("small", "large", "small")])
def test_a_cascade_is_of_two_known_models(models: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="two of the models small, large"):
        Cascade(costs(small=1.0, large=10.0), Plan(models), Mean())


def test_the_best_threshold_keeps_what_costs_less_kept() -> None:
    assert best_threshold([(0.9, 1.0, 11.0), (0.6, 1.0, 11.0), (0.2, 31.0, 11.0)]) == 0.6


def test_equal_scores_are_kept_or_deferred_together() -> None:
    assert best_threshold([(0.6, 1.0, 11.0), (0.6, 31.0, 11.0)]) == inf


def test_no_log_keeps_no_first_answer() -> None:
    assert best_threshold([]) == inf
