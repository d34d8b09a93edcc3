from random import Random

import pytest

from interleaving import between_steps
from pantler.build import multiplexer
from pantler.config.values import Choice, Config, Model, Objective, Route
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.counts import CHARGED, WRONG
from pantler.core.engine import Engine
from pantler.core.errors import ConfigError, UnknownPart
from pantler.core.packing import as_kept
from pantler.core.ranking import Ranking
from pantler.core.seams import Multiplexer
from pantler.core.tallies import Tallies
from pantler.core.types import NOT_TOLD_APART, Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.drawing import FEW, TRIED
from pantler.multiplexers.by_route import ByRoute
from pantler.multiplexers.tabular import Tabular, Terms
from pantler.policies.gdsf import GDSF

CHEAP, DEAR = Plan(("cheap",)), Plan(("dear",))
CASCADE = Plan(("cheap", "dear"), 0.5)
PRICES = {"cheap": 1.0, "dear": 10.0}
NO_CACHE = Cache(Ranking(GDSF()), 1)


def tabular(*plans: Plan, error: float = 0.0, **terms: float) -> Tabular:
    tallies = Tallies(max_queries=int(terms.pop("max_queries", 10_000)), horizon=int(terms.pop("horizon", 10_000)))
    return Tabular(plans or (CHEAP, DEAR), "dear", Terms(Weights(error=error), **terms), tallies)  # type: ignore[arg-type]


def chosen(multiplexer: Multiplexer, key: int, route: str = "") -> Call:
    return multiplexer.choose(Miss(Query(key, route=route)), NO_CACHE)


def answered(key: int, model: str, wrong: float | None = None, plan: Plan | None = None) -> Outcome:
    models = [model] if plan is None else plan.models[: plan.models.index(model) + 1]
    charges = tuple((each, PRICES[each]) for each in models)
    return Outcome(Query(key), model, sum(paid for _, paid in charges), charges, wrong=wrong, plan=plan)


def teach(multiplexer: Tabular, model: str, wrong_share: float, times: int = 400) -> None:
    """Many queries, each seen once, of whose answers so many are wrong."""
    for number in range(times):
        multiplexer.learn(answered(10_000 + number, model, float(number % 100 < 100 * wrong_share)), None)


def test_where_truth_does_not_matter_the_cheapest_model_is_asked() -> None:
    told = tabular()
    for key in range(50):
        told.learn(answered(key, chosen(told, key).plan.models[0]), None)
    assert chosen(told, 999).plan == CHEAP


def test_where_truth_does_not_matter_the_reference_model_answers_until_the_route_has_seen_enough_answers() -> None:
    told = tabular()
    asked = []
    for key in range(40):
        call = chosen(told, key)
        asked.append(call.plan)
        told.learn(answered(key, call.plan.models[0]), None)
        assert ("fewer than 30 answers" in call.reason) == (key < 30)
    assert asked == [DEAR] * 30 + [CHEAP] * 10, "then what was not tried yet, which is the cheapest too"


def test_of_three_models_those_not_tried_yet_come_after_the_reference_and_then_the_cheapest() -> None:
    prices = {"dear": 10.0, "middle": 5.0, "cheap": 1.0}
    told = Tabular([Plan((model,)) for model in prices], "dear", Terms())
    asked = []
    for key in range(200):
        asked.append(chosen(told, key).plan.models[0])
        told.learn(Outcome(Query(key), asked[-1], prices[asked[-1]]), None)
    assert asked[:32] == ["dear"] * 30 + ["middle", "cheap"]
    assert set(asked[32:]) == {"cheap"}


def test_no_label_at_all_may_be_asked_for() -> None:
    assert chosen(tabular(few_labels=0), 1).plan == CHEAP
    assert chosen(tabular(error=5.0, few_labels=0), 1).plan == CHEAP


@pytest.mark.parametrize("error", [0.0, 5.0])
def test_a_horizon_that_holds_fewer_labels_than_are_asked_for_keeps_no_route_with_its_reference(error: float) -> None:
    told = tabular(error=error, horizon=10)
    for key in range(40):
        told.learn(answered(key, "dear", wrong=0.0), None)
    assert CHEAP in [chosen(told, 900 + key).plan for key in range(50)], "which is tried at least"


def test_a_restart_does_not_begin_with_the_reference_model_anew() -> None:
    told, fresh = tabular(), tabular()
    for key in range(30):
        told.learn(answered(key, "dear"), None)
    fresh.restore(as_kept(told.snapshot()))
    assert chosen(fresh, 999).plan == CHEAP


def test_the_reference_model_is_asked_until_there_are_labels_enough() -> None:
    told = tabular(error=5.0)
    for key in range(29):
        assert chosen(told, key).plan == DEAR
        told.learn(answered(key, "dear", wrong=0.0), None)
    assert "fewer than 30 labels" in chosen(told, 999).reason
    told.learn(answered(29, "dear", wrong=0.0), None)
    assert chosen(told, 999).plan == DEAR, "what was never tried is only tried"


def test_what_was_never_tried_is_tried_within_an_allowance_and_chosen_once_it_has_a_few_labels() -> None:
    told, asked = tabular(error=20.0), list[Call]()
    for key in range(400):
        asked.append(chosen(told, key))
        model = asked[-1].plan.models[0]
        told.learn(answered(key, model, wrong=0.0, plan=asked[-1].plan), None)
    tried = [key for key, call in enumerate(asked) if call.reason == TRIED]
    assert len(tried) == FEW
    assert all(call.plan == CHEAP for call in asked[tried[-1] + 1 :])
    restarted = tabular(error=20.0)
    restarted.restore(as_kept(told.snapshot()))
    assert restarted.drawing.allowed == told.drawing.allowed > 0.0


def test_what_costs_less_though_it_be_always_wrong_is_not_only_tried() -> None:
    told = tabular(error=5.0)
    teach(told, "dear", wrong_share=0.0)
    told.learn(answered(1, "cheap"), None)
    assert chosen(told, 2).plan == CHEAP


def test_trying_costs_no_more_than_its_share() -> None:
    rng, told, beyond, least = Random(3), tabular(error=30.0), 0.0, 0.0
    for key in range(3_000):
        call = chosen(told, key)
        model = call.plan.models[0]
        beyond += (1.0 + 30.0 * 0.9 - 10.0) * (model == "cheap")  # the cheap model is wrong nine times of ten
        least += 10.0
        told.learn(answered(key, model, float(model == "cheap" and rng.random() < 0.9), plan=call.plan), None)
    assert 0.0 < beyond <= 0.05 * least


def test_what_is_known_to_fail_is_not_even_tried_and_passing_over_it_takes_nothing_from_the_allowance() -> None:
    told = tabular(error=20.0)
    teach(told, "dear", wrong_share=0.0)
    fails = {"cheap": 0.9, "dear": 0.0}.__getitem__
    told.drawing.allowed = 1e6
    for key in range(100):
        call = told.choose(Miss(Query(key), fails=fails), NO_CACHE)
        assert (call.plan, call.propensity) == (DEAR, 1.0)
    assert told.choose(Miss(Query(999)), NO_CACHE).propensity < 1.0, "but for that it would be"
    teach(told, "cheap", wrong_share=0.0)
    before = told.drawing.allowed
    for key in range(100):
        outcome = answered(key, "dear", wrong=0.0, plan=DEAR)
        outcome.fails = fails
        told.learn(outcome, None)
    assert told.drawing.allowed >= before, "the dear one was no trial"


def test_a_cascade_fails_as_often_as_the_model_whose_answer_is_kept() -> None:
    told = tabular(CHEAP, DEAR, CASCADE, error=20.0)
    teach(told, "dear", wrong_share=0.0)
    for key in range(400):
        told.learn(answered(key, "cheap", wrong=0.0, plan=CASCADE), None)
    failing = {"cheap": 0.5, "dear": 0.0}.__getitem__
    well, ill = (told.choose(Miss(Query(999), fails=each), NO_CACHE).candidates[2].wrong for each in (None, failing))
    assert (well, ill) == pytest.approx((0.0, 0.5), abs=0.02)


def test_what_was_learned_before_anything_was_tried_is_taken_up() -> None:
    told, again = tabular(error=5.0), tabular(error=5.0)
    teach(told, "dear", wrong_share=0.0)
    again.restore(as_kept(told.snapshot())[:3])
    assert again.tallies.total(WRONG) == told.tallies.total(WRONG)


@pytest.mark.parametrize(("error", "plan"), [(5.0, CHEAP), (100.0, DEAR)])
def test_an_unknown_query_is_decided_by_what_the_route_has_shown(error: float, plan: Plan) -> None:
    told = tabular(error=error)
    teach(told, "cheap", wrong_share=0.5, times=3_000)
    teach(told, "dear", wrong_share=0.0, times=3_000)
    call = chosen(told, 1)
    assert call.plan == plan
    assert call.reason.endswith("what is known of the route")


def test_a_query_that_is_told_apart_is_decided_by_its_own_labels() -> None:
    told = tabular(error=30.0)
    teach(told, "cheap", wrong_share=0.5)
    teach(told, "dear", wrong_share=0.0)
    told.learn(answered(1, "cheap", wrong=0.0), None)
    told.learn(answered(2, "cheap", wrong=1.0), None)
    assert chosen(told, 1).plan == CHEAP
    assert chosen(told, 2).plan == DEAR
    assert chosen(told, 1).reason.endswith("what is known of this query")


def test_what_is_never_right_enough_is_not_asked_however_cheap() -> None:
    told = tabular(quality_floor=0.9)
    teach(told, "dear", wrong_share=0.05)
    assert chosen(told, 1).plan == CHEAP, "it has still to show itself"
    teach(told, "cheap", wrong_share=0.5)
    assert chosen(told, 1).plan == DEAR
    teach(told, "dear", wrong_share=1.0, times=2_000)
    call = chosen(told, 1)
    assert (call.plan, call.reason) == (DEAR, "the reference model, as no plan reaches the quality floor")


def test_what_is_never_right_enough_is_not_tried_either_though_it_may_cost_less() -> None:
    told = tabular(error=25.0, quality_floor=0.9)
    teach(told, "dear", wrong_share=0.05)
    teach(told, "cheap", wrong_share=0.5, times=100)
    told.drawing.allowed = 1e6
    assert all(chosen(told, key).plan == DEAR for key in range(40))


def test_only_so_many_queries_are_told_apart_and_the_longest_unseen_goes_first() -> None:
    told = tabular(max_queries=10)
    for key in [*range(10), 0, 10]:
        told.learn(answered(key, "cheap"), None)
    assert len(told.tallies) == 10
    assert 0 in told.tallies
    assert 1 not in told.tallies


def test_queries_that_the_cache_stands_aside_for_teach_the_route_and_are_not_taken_for_one() -> None:
    told = tabular()
    told.learn(answered(NOT_TOLD_APART, "cheap"), None)
    assert NOT_TOLD_APART not in told.tallies
    assert told.tallies.number("cheap", CHARGED) == 1.0


def test_what_lies_beyond_the_horizon_fades() -> None:
    told = tabular(horizon=200, error=1_000.0)
    teach(told, "cheap", wrong_share=1.0, times=1_000)
    teach(told, "dear", wrong_share=0.0, times=1_000)
    assert chosen(told, 1).plan == DEAR
    teach(told, "cheap", wrong_share=0.0, times=1_000)
    assert chosen(told, 1).plan == CHEAP


def test_a_rating_teaches_once_per_answer_and_moves_the_belief_in_it() -> None:
    told = tabular(error=5.0)
    serve = told.learn(answered(1, "cheap"), None)
    assert serve is not None
    rated = told.learn(Rating(Query(1), "cheap", 0.0), serve)
    assert rated is not None
    assert (rated.wrong, rated.ratings) == (1.0, 1)
    before = as_kept(told.snapshot())
    again = told.learn(Rating(Query(1), "cheap", 1.0, reliability=0.9), rated)
    assert again is not None
    assert as_kept(told.snapshot()) == before


def test_a_hit_teaches_nothing() -> None:
    told = tabular()
    engine = Engine(Cache(Ranking(GDSF()), 4), told)
    engine.learn(answered(1, "cheap"))
    before = as_kept(told.snapshot())
    for _ in range(100):
        assert isinstance(engine.look(Query(1)), Serve)
    assert as_kept(told.snapshot()) == before


def test_the_cache_ranks_by_the_expected_cost_under_the_choice() -> None:
    told = tabular(error=30.0)
    teach(told, "cheap", wrong_share=0.5)
    teach(told, "dear", wrong_share=0.0)
    for key in range(20):
        serve = told.learn(answered(key, "cheap", wrong=float(key % 2)), None)
        assert serve is not None
        assert serve.saved == chosen(told, key).expected_cost == told.revalue(serve)


def test_a_cascade_costs_what_its_models_do_by_how_often_they_are_reached() -> None:
    told = tabular(CASCADE, error=20.0)
    for number in range(3_000):
        kept = number % 4 != 0
        outcome = answered(10_000 + number, "cheap" if kept else "dear", 0.0, CASCADE)
        told.learn(outcome, None)
    (weighed,) = chosen(told, 1).candidates
    assert weighed.models == ("cheap", "dear")
    assert weighed.price == pytest.approx(1.0 + 0.25 * 10.0, rel=0.01)


def test_a_rating_of_an_answer_that_a_judge_kept_speaks_of_such_answers_only() -> None:
    told = tabular(CHEAP, DEAR, CASCADE, error=20.0)
    for key in range(100):
        told.learn(answered(key, "cheap", None, CASCADE), None)
        told.learn(Rating(Query(key), "cheap", 1.0), None)
    alone, _, judged = chosen(told, 999).candidates
    assert alone.wrong == 0.5
    assert judged.wrong < 0.02


def test_direct_calls_and_cascades_are_one_choice() -> None:
    rng = Random(7)
    told = tabular(CHEAP, DEAR, CASCADE, error=40.0)
    for key in range(4_000):
        is_easy = rng.random() < 0.5
        call = chosen(told, key)
        kept = call.plan == CASCADE and is_easy  # a judge that cannot err
        model = "dear" if call.plan == DEAR or (call.plan == CASCADE and not kept) else "cheap"
        told.learn(answered(key, model, float(model == "cheap" and not is_easy), call.plan), None)
    assert chosen(told, 9_999).plan == CASCADE


def test_candidates_are_all_plans_with_the_chosen_one_marked() -> None:
    told = tabular(CHEAP, DEAR, CASCADE)
    call = chosen(told, 1)
    assert [each.models for each in call.candidates] == [("cheap",), ("dear",), ("cheap", "dear")]
    assert sum(each.propensity for each in call.candidates) == call.propensity == 1.0


def test_seconds_waited_are_part_of_the_cost_and_told_apart() -> None:
    told = Tabular([CHEAP], "cheap", Terms(Weights(latency=2.0)))
    told.learn(Outcome(Query(1), "cheap", 7.0, (("cheap", 7.0),), seconds=(1.5,)), None)
    (weighed,) = chosen(told, 1).candidates
    assert (weighed.price, weighed.latency_seconds) == (4.0, 1.5)


@pytest.mark.parametrize("share_of_labels", [0.3, 1.0])
def test_in_the_long_run_it_costs_less_than_any_one_model(share_of_labels: float) -> None:
    """Two models over 300 queries of skewed popularity, the cheap one wrong on a fixed half of them."""
    rng = Random(11)
    told = tabular(error=30.0)
    paid = {"chosen": 0.0, "cheap": 0.0, "dear": 0.0}
    for _ in range(12_000):
        key = min(299, int(rng.paretovariate(0.6)) - 1)
        wrong = {"cheap": float(key % 2), "dear": 0.0}
        model = chosen(told, key).plan.models[0]
        for name, asked in (("chosen", model), ("cheap", "cheap"), ("dear", "dear")):
            paid[name] += PRICES[asked] + 30.0 * wrong[asked]
        told.learn(answered(key, model, wrong[model] if rng.random() < share_of_labels else None), None)
    assert paid["chosen"] < 0.8 * min(paid["cheap"], paid["dear"])


def test_without_plans_there_is_nothing_to_choose() -> None:
    with pytest.raises(ConfigError, match="at least one plan"):
        Tabular([], "dear")


CONFIG = Config(
    models=(Model("cheap"), Model("dear")),
    routes=(
        Route("smart", ("cheap", "dear"), objective=Objective(error_weight=0.01)),
        Route("careful", ("cheap", "dear"), multiplexer=Choice("cascade", keep_threshold=0.7)),
        Route("both", ("cheap", "dear"), multiplexer=Choice(cascades=True, least_cost="0.001", greatest_cost=0.2)),
    ),
)


def test_every_route_of_a_configuration_has_its_own_multiplexer() -> None:
    made = multiplexer(CONFIG)
    plans = {
        route: [each.models for each in chosen(made, 1, route).candidates] for route in ("smart", "careful", "both")
    }
    assert plans == {
        "smart": [("cheap",), ("dear",)],
        "careful": [("cheap", "dear")],
        "both": [("cheap",), ("dear",), ("cheap", "dear")],
    }
    assert chosen(made, 1, "careful").plan == Plan(("cheap", "dear"), 0.7)
    assert chosen(made, 1, "cheap").plan == CHEAP, "a model's own name asks that model"
    assert chosen(made, 1, "both").expected_cost == 1_000_000.0, "the least cost, in nano-dollars"


def test_what_one_route_learns_another_does_not() -> None:
    made = multiplexer(CONFIG)
    for _ in range(100):
        made.learn(Outcome(Query(1, route="both"), "cheap", 5e8), None)
    assert chosen(made, 1, "both").plan == DEAR
    assert chosen(made, 1, "cheap").expected_cost == 0.0


def test_a_name_that_is_no_route_goes_to_whoever_takes_all_or_is_refused() -> None:
    with pytest.raises(UnknownPart, match="no route named 'smrt'; did you mean 'smart'"):
        chosen(multiplexer(CONFIG), 1, "smrt")
    passes_on = multiplexer(Config(any_model=Model("any")))
    assert chosen(passes_on, 1, "whatever").plan == Plan(("any",))


def test_a_bad_rating_drops_the_answer_at_once() -> None:
    engine = Engine(Cache(Ranking(GDSF()), 4), ByRoute({"": tabular()}))
    engine.learn(answered(1, "cheap"))
    engine.learn(Rating(Query(1), "cheap", 1.0))
    assert isinstance(engine.look(Query(1)), Serve)
    engine.learn(Rating(Query(1), "cheap", 0.0))
    assert isinstance(engine.look(Query(1)), Miss)


@pytest.mark.parametrize(("wrong", "stays"), [(0.5, True), (0.7, False)])
def test_a_hint_drops_an_answer_that_it_makes_as_sure_to_be_wrong_as_a_label_would(
    *, wrong: float, stays: bool
) -> None:
    engine = Engine(Cache(Ranking(GDSF()), 4), ByRoute({"": tabular()}))
    engine.learn(answered(1, "cheap", wrong=wrong))
    engine.learn(Rating(Query(1), "cheap", 0.0, reliability=0.7))
    assert isinstance(engine.look(Query(1)), Serve) == stays


def test_a_model_that_has_not_been_asked_for_long_is_not_taken_for_a_bargain() -> None:
    """Once the recent percentiles hold the dear model's price only, the cheap one's mean still bounds the costs."""
    told = tabular(error=300.0)
    told.learn(answered(1, "cheap", wrong=1.0), None)
    for key in range(2_000):
        told.learn(answered(key % 50, "dear", wrong=0.0), None)
    assert {chosen(told, key).plan for key in range(50)} == {DEAR}


def test_a_first_model_that_failed_was_not_judged() -> None:
    told = tabular(CASCADE)
    for key in range(10):
        told.learn(Outcome(Query(key), "dear", 10.0, (("dear", 10.0),), plan=CASCADE), None)
    call = chosen(told, 999)
    assert call.expected_cost == 10.0 + 0.5 * 10.0, "the cheap model by B1, and an even chance of its being kept"
    assert call.candidates[0].price is None, "which says nothing of what it charges"


def test_what_was_learned_can_be_kept_at_any_moment_and_is_all_there() -> None:
    told = tabular(max_queries=5)
    for key in range(5):
        told.learn(answered(key, ("cheap", "dear")[key % 2], 0.0), None)

    def keep() -> None:
        fresh = tabular(max_queries=5)
        fresh.restore(as_kept(told.snapshot()))
        assert len(fresh.tallies) == 5
        assert all(key in fresh.tallies for key in (2, 3, 4)), "only those that came longest ago give way"

    between_steps(lambda: [told.learn(answered(key, "cheap", 0.0), None) for key in (2, 3, 4, 5)], keep)


def test_what_is_learned_while_it_is_kept_does_no_harm() -> None:
    told = tabular(max_queries=5)
    more = iter(range(1_000_000))

    def learn() -> None:
        told.learn(answered(next(more), "cheap", 0.0), None)

    for _ in range(10):
        kept: list[object] = []
        between_steps(lambda kept=kept: kept.append(told.snapshot()), learn)  # type: ignore[misc]
        fresh = tabular(max_queries=5)
        fresh.restore(as_kept(kept[0]))
        assert 0 < len(fresh.tallies) <= 5


def test_a_query_that_is_explained_shows_what_is_foreseen() -> None:
    told = Engine(Cache(Ranking(GDSF()), 4), tabular()).explain(Query(1), foresee={"cheap": 3.0, "dear": 4.0}.get)
    assert [each.price for each in told.call.candidates] == [3.0, 4.0]
    assert told.call.reason == "the reference model, as there are fewer than 30 answers"


def test_what_was_never_tried_is_foreseen_by_its_price_and_bounded_as_if_it_were_not() -> None:
    told = tabular(few_labels=0)
    prices = {"cheap": 300.0, "dear": 200.0}
    first = told.choose(Miss(Query(1), foresee=prices.get), NO_CACHE)
    assert [(each.price, each.latency_seconds) for each in first.candidates] == [(300.0, None), (200.0, None)]
    assert (first.plan, first.expected_cost) == (DEAR, 200.0), "of two that were never tried the cheaper one goes first"
    told.learn(answered(1, "dear"), None)
    second = told.choose(Miss(Query(2), foresee=prices.get), NO_CACHE)
    assert second.plan == CHEAP, "what was never tried is tried, however dear it is expected to be"
    assert [each.price for each in second.candidates] == [300.0, 10.0]
    assert [each.latency_seconds for each in second.candidates] == [None, 0.0]
