"""The rule over plans for a query never seen; prices in nano-dollars, a wrong answer costs ten."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from interleaving import between_steps
from pantler.core.beliefs import Beliefs
from pantler.core.briefs import Brief
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.counts import DEFERRED, WRONG
from pantler.core.engine import Engine
from pantler.core.errors import ConfigError
from pantler.core.packing import as_kept
from pantler.core.ranking import Ranking
from pantler.core.types import NOT_TOLD_APART, Appraisal, Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.estimators.mean import Mean
from pantler.learning.erring import Erring
from pantler.learning.opinions import Opinions
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned
from pantler.policies.lec import LEC

SMALL, LARGE, BOTH = Plan(("small",)), Plan(("large",)), Plan(("small", "large"), 0.5)
PRICES = (1.0, 10.0)
EASY = Query(1, appraisal=Appraisal((0.1, 0.05), (1.0, 8.0)))
MIDDLING = Query(2, appraisal=Appraisal((0.4, 0.1), PRICES))
HARD = Query(3, appraisal=Appraisal((0.99, 0.0), (0.1, 0.2)))
UNKNOWN = Query(4)


class Room:
    def __init__(self, *, keeps: bool) -> None:
        self.answer = keeps

    def keeps(self, query: Query, saved: float) -> bool:
        return self.answer


ROOM, FULL = Room(keeps=True), Room(keeps=False)


def learned(*plans: Plan, latency: float = 0.0, **aims: float) -> Learned:
    made = Trust(Weights(latency, 10.0), **aims)  # type: ignore[arg-type]  # floats where integers are meant, too
    return Learned(plans or (SMALL, LARGE), "large", made)


def ask(engine: Engine, query: Query) -> str:
    """One request; the model that is asked, behind a hit too, or "" where nothing is."""
    found = engine.look(query)
    call = found.upgrade if isinstance(found, Serve) else engine.decide(found)
    if call is None:
        return ""
    assert isinstance(call, Call)
    model = call.plan.models[0]
    engine.learn(Outcome(query, model, PRICES[model == "large"]))
    return model


def chosen(made: Learned, query: Query, frequency: float = 1.0, room: Room = ROOM) -> Plan:
    return made.choose(Miss(query, frequency), room).plan


def test_each_query_goes_to_the_model_of_least_expected_cost_for_it() -> None:
    assert [chosen(learned(), query) for query in (EASY, MIDDLING, HARD)] == [SMALL, SMALL, LARGE]


def test_of_a_call_that_failed_no_judge_has_heard_nor_of_who_stood_in() -> None:
    made = learned(SMALL, LARGE, BOTH)
    for model in ("large", "fallback"):
        made.learn(Outcome(MIDDLING, model, 10.0, plan=BOTH), None)
        assert made.tallies.number(model, DEFERRED) == 0.0
        assert not made._hearsay.has_kept(MIDDLING.key, model)


def test_a_popular_query_earns_the_dear_model() -> None:
    assert [chosen(learned(), MIDDLING, count) for count in (3, 4)] == [SMALL, LARGE]


def test_a_dear_answer_is_not_bought_where_it_would_not_be_kept() -> None:
    assert chosen(learned(), MIDDLING, 4, FULL) == SMALL


def consulted(**aims: bool) -> Learned:
    """Weighs answers that can be compared."""
    made = learned(**aims)
    apart = Erring(np.zeros(2), np.ones(1), np.zeros(1), np.full(1, 0.2), 10.0)
    made.consult(Opinions(apart, made.models, compares=True))
    return made


@pytest.mark.parametrize(("key", "is_told"), [(7, True), (NOT_TOLD_APART, False)])
def test_what_was_said_to_one_query_tells_nothing_of_others_that_are_not_told_apart(key: int, is_told: bool) -> None:
    made, query = consulted(), Query(key, appraisal=MIDDLING.appraisal)
    before = made.choose(Miss(query), FULL).candidates
    both = (("small", 1.0), ("large", 10.0))
    made.learn(Outcome(query, "large", 10.0, both, texts=(5, 6)), None)
    after = made.choose(Miss(query), FULL).candidates
    assert ([each.wrong for each in after] != [each.wrong for each in before]) is is_told


def test_an_answer_that_a_judge_keeps_is_no_other_querys_that_is_not_told_apart() -> None:
    made, query = learned(SMALL, LARGE, BOTH), Query(NOT_TOLD_APART, appraisal=MIDDLING.appraisal)
    made.learn(Outcome(query, "small", 1.0, plan=BOTH), None)
    assert made.snapshot()[2:] == [[], []]


@pytest.mark.parametrize(("goal", "odds"), [(None, 1.0), (0.02, 2.0)])
def test_a_goal_of_quality_doubts_agreement_by_as_much_as_it_was_found_too_hopeful(
    goal: float | None, odds: float
) -> None:
    apart = Erring(np.zeros(2), np.ones(1), np.zeros(1), np.full(1, 0.2), 10.0)
    believed = []
    for hopeful in (1.0, 2.0):
        told = Brief(
            ("small", "large"), "large", (SMALL, LARGE), Weights(error=10.0), Beliefs({"small": Mean()}),
            is_fitted=True, erring=replace(apart, hopeful=hopeful), compares=True, max_quality_loss=goal,
        )  # fmt: skip
        outcome = Outcome(EASY, "small", 1.0, (("small", 1.0), ("large", 8.0)), texts=(5, 5))
        serve = Learned.for_route(told).learn(outcome, None)
        assert serve is not None
        believed.append(serve.wrong / (1.0 - serve.wrong))
    assert believed[1] == pytest.approx(odds * believed[0])


@pytest.mark.parametrize(("text", "kept"), [(5, "small"), (6, "large")], ids=["the same", "another"])
def test_an_answer_that_was_asked_beside_takes_the_stored_ones_place_only_where_it_is_surer(
    text: int, kept: str
) -> None:
    made = consulted()
    stored = made.learn(Outcome(MIDDLING, "small", 1.0, text=5), None)
    assert stored is not None
    found = made.learn(Outcome(MIDDLING, "large", 10.0, text=text, beside=True), stored)
    assert found is not None
    assert found.model == kept


def steps(models: int) -> int:
    """Bytecodes that a decision among so many models takes whose answers can be compared."""
    names = tuple(map(str, range(models)))
    made = Learned([Plan((name,)) for name in names], "0", Trust(Weights(0.0, 10.0)))
    nodes = np.full(10, 0.1)
    made.consult(Opinions(Erring(np.ones(models), nodes, nodes, nodes, 12.0), names, compares=True))
    appraisal = Appraisal(tuple(np.linspace(0.4, 0.1, models).tolist()), tuple(float(2**at) for at in range(models)))
    made.choose(Miss(Query(0, appraisal=appraisal)), FULL)  # the first makes what the next find made
    took = count()
    between_steps(lambda: made.choose(Miss(Query(1, appraisal=appraisal)), FULL), lambda: next(took))
    return next(took)


def test_each_further_model_whose_answers_can_be_compared_takes_a_decision_as_many_steps_as_the_one_before() -> None:
    assert (steps(16) - steps(8)) / 8 < 1.1 * (steps(8) - steps(2)) / 6, "by loops over pairs of them it is 5 times"


def test_others_are_asked_over_as_many_serves_as_a_query_has_come_even_where_no_answer_is_kept() -> None:
    calls = [consulted().choose(Miss(MIDDLING, count), FULL) for count in (1.0, 6.0)]
    assert [(call.plan, call.serves) for call in calls] == [(SMALL, 0.0), (SMALL, 6.0)]
    assert consulted(amortise=False).choose(Miss(MIDDLING, 6.0), FULL).serves == 0.0


def test_who_was_asked_before_is_not_asked_beside_another_again() -> None:
    made, said = consulted(), [("small", 5)]
    assert made.further(MIDDLING, said, 6.0).asks == "large"
    made.learn(Outcome(MIDDLING, "large", 10.0, text=7), None)
    assert made.further(MIDDLING, said, 6.0).asks == ""


def test_a_query_without_an_appraisal_goes_to_the_reference_while_nothing_is_known_of_the_route() -> None:
    made = learned(few_labels=2)
    assert chosen(made, UNKNOWN) == LARGE
    for number in range(100, 102):
        made.learn(Outcome(Query(number), "small", 1.0, wrong=0.0), None)
    assert chosen(made, UNKNOWN) == SMALL


def test_a_route_without_a_price_of_errors_asks_the_cheapest_from_the_start() -> None:
    made = Learned((SMALL, LARGE), "large")
    assert chosen(made, MIDDLING) == SMALL


def test_what_was_not_looked_at_in_time_is_reckoned_at_what_so_long_a_text_will_charge() -> None:
    made = learned(few_labels=0)
    for number in range(100, 140):
        made.learn(Outcome(Query(number), "small", 1.0, wrong=1.0), None)
        made.learn(Outcome(Query(number), "large", 2.0, wrong=0.0), None)
    assert chosen(made, UNKNOWN) == LARGE
    foreseen = {"small": 1000.0, "large": 10_000.0}
    long = made.choose(Miss(UNKNOWN, foresee=foreseen.get, is_late=True), ROOM)
    assert long.plan == SMALL
    assert [each.price for each in long.candidates] == [1000.0, 10_000.0]


def test_seconds_count_as_the_route_has_seen_them() -> None:
    made = learned(latency=1.0)
    made.learn(Outcome(Query(9), "small", 31.0, seconds=(30.0,), wrong=0.0), None)
    made.learn(Outcome(Query(9), "large", 11.0, seconds=(1.0,), wrong=0.0), None)
    assert chosen(made, EASY) == LARGE


def test_charges_come_from_the_route_where_the_appraisal_tells_none() -> None:
    made = learned()
    made.learn(Outcome(Query(9), "small", 20.0, wrong=0.0), None)
    made.learn(Outcome(Query(9), "large", 2.0, wrong=0.0), None)
    assert chosen(made, Query(1, appraisal=Appraisal((0.1, 0.1)))) == LARGE


def test_a_cascade_is_one_more_plan_whose_second_call_is_paid_as_often_as_it_is_made() -> None:
    made = learned(SMALL, LARGE, BOTH)
    for number in range(100, 140):
        made.learn(Outcome(Query(number), "small", 1.0, plan=BOTH), None)
    call = made.choose(Miss(MIDDLING, 1), ROOM)
    assert call.plan == BOTH
    (of_both,) = [each for each in call.candidates if each.models == BOTH.models]
    assert 1.0 < of_both.price < 1.3
    assert of_both.wrong == pytest.approx(0.2, abs=0.01)


def test_a_judge_that_keeps_every_wrong_answer_is_asked_no_more() -> None:
    made = learned(SMALL, LARGE, BOTH)
    for number in range(100, 140):
        query = Query(number, appraisal=Appraisal((0.4, 0.1), PRICES))
        made.learn(Rating(query, "small", good=0.0), made.learn(Outcome(query, "small", 1.0, plan=BOTH), None))
    assert chosen(made, MIDDLING) == SMALL


def test_what_was_said_of_an_answer_counts_when_its_query_comes_again() -> None:
    made = learned()
    made.learn(Rating(EASY, "small", good=0.0), None)
    assert chosen(made, EASY) == LARGE
    forgetful = learned(alike=0.0)
    forgetful.learn(Rating(EASY, "small", good=0.0), None)
    assert chosen(forgetful, EASY) == SMALL


def test_what_a_model_has_charged_for_a_query_is_what_it_is_expected_to_charge_again() -> None:
    made = learned(alike=1.0)
    made.learn(Outcome(EASY, "small", 30.0), None)
    assert chosen(made, EASY) == LARGE


def test_a_text_known_wrong_is_known_wrong_when_another_model_repeats_it() -> None:
    made = learned()
    made.learn(Rating(Query(1), "small", good=0.0), made.learn(Outcome(EASY, "small", 1.0, text=7), None))
    repeated = made.learn(Outcome(EASY, "large", 10.0, text=7), None)
    assert repeated is None or (repeated.wrong, repeated.ratings) == (1.0, 1)
    assert made.tallies.view(1, 1.0).own("large", WRONG) == (1.0, 1.0)


def test_an_answer_is_upgraded_only_once() -> None:
    made = learned()
    engine = Engine(Cache(Ranking(LEC()), 4), made)
    engine.learn(Outcome(MIDDLING, "small", 1.0))
    engine.learn(Outcome(MIDDLING, "large", 10.0))
    (item,) = engine.cache.residents.values()
    assert item.payload.upgraded
    assert made.revisit(item.payload, 1000.0) is None


def test_a_quality_floor_leaves_only_plans_that_reach_it() -> None:
    assert chosen(learned(quality_floor=0.92), EASY) == LARGE
    assert chosen(learned(quality_floor=0.92), MIDDLING) == LARGE  # none does: the surest


def test_an_answer_is_upgraded_once_its_query_turns_out_popular() -> None:
    engine = Engine(Cache(Ranking(LEC()), 4), learned())
    assert [ask(engine, MIDDLING) for _ in range(8)] == ["small", "", "", "", "large", "", "", ""]


def test_an_answer_known_right_is_never_upgraded() -> None:
    engine = Engine(Cache(Ranking(LEC()), 4), learned())
    ask(engine, MIDDLING)
    engine.learn(Rating(Query(2), "small", good=1.0))
    assert {ask(engine, MIDDLING) for _ in range(20)} == {""}


def test_an_answer_known_wrong_is_dropped_and_asked_of_another_model() -> None:
    engine = Engine(Cache(Ranking(LEC()), 4), learned())
    assert ask(engine, EASY) == "small"
    assert not engine.learn(Rating(Query(1), "small", good=0.0)).admitted
    assert ask(engine, EASY) == "large"


def test_a_hit_saves_the_price_alone_where_the_stored_answer_is_as_good_as_a_fresh_one() -> None:
    made = learned()
    serve = made.learn(Outcome(EASY, "small", 1.0), None)
    assert serve is not None
    assert serve.saved == pytest.approx(1.0)


def test_being_known_right_raises_what_an_answer_is_worth() -> None:
    made = learned(alike=0.0)
    stored = made.learn(Outcome(MIDDLING, "small", 1.0), None)
    rated = made.learn(Rating(Query(2), "small", good=1.0), stored)
    assert stored is not None
    assert rated is not None
    assert rated.saved > stored.saved


def test_a_decision_tells_how_many_hits_it_expects() -> None:
    assert learned().choose(Miss(MIDDLING, 4), ROOM).hits == 3.0
    upgrade = learned().revisit(Serve(MIDDLING, "small", 1.0, wrong=0.4), 9)
    assert upgrade is not None
    assert upgrade.hits == 8.0


def test_explaining_counts_no_hit() -> None:
    made = learned()
    engine = Engine(Cache(Ranking(LEC()), 4), made)
    ask(engine, EASY)
    before = as_kept(made.snapshot())
    engine.explain(EASY)
    assert as_kept(made.snapshot()) == before


def test_what_learns_online_may_correct_the_chances() -> None:
    made = learned()
    made.correct = lambda query: (0.9, 0.0)
    assert chosen(learned(), EASY) == SMALL
    assert chosen(made, EASY) == LARGE


def test_a_reference_in_no_plan_is_refused() -> None:
    with pytest.raises(ConfigError, match="is in no plan"):
        Learned((SMALL,), "large")


def test_who_is_asked_at_once_with_others_is_paid_whatever_they_say() -> None:
    """Of a pair that is asked at once both are paid; one after the other the second is paid half the time."""
    tiers, chain = Plan(("small", "large", "huge"), 0.5, (2, 1)), Plan(("small", "large", "huge"), 0.5)
    query = Query(9, appraisal=Appraisal((0.5, 0.5, 0.5), (1.0, 10.0, 100.0)))
    made = Learned([tiers, chain, Plan(("huge",))], "huge", Trust(Weights(0.0, 10.0)))
    at_once, in_turn, _ = made.choose(Miss(query), ROOM).candidates
    assert at_once.price == 1.0 + 10.0 + 0.25 * 100.0
    assert in_turn.price == 1.0 + 0.5 * 10.0 + 0.25 * 100.0
