"""Online learning of P(wrong): corrections, alarms, what is tried and what that may cost."""

from random import Random

import numpy as np
import pytest

from pantler.core.appraised import in_order
from pantler.core.cost import Weights
from pantler.core.packing import as_kept
from pantler.core.plans import direct
from pantler.core.types import NOT_TOLD_APART, Appraisal, Call, Miss, Outcome, Plan, Query, Rating
from pantler.learning.alarm import Alarm
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK, FITTED, Doubts
from pantler.learning.exploring import Exploring
from pantler.learning.guesses import by_siblings, by_tiers
from pantler.learning.prices import Ratios
from pantler.learning.threads import Loyalty, Threads
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned

MODELS = ("small", "large")
PRICES = (1.0, 10.0)
WEIGHTS = Weights(error=100.0)


class NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False


NO_ROOM = NoRoom()


def correction(doubts: Doubts = FITTED, newcomers: tuple[str, ...] = (), dimensions: int = 0) -> Correction:
    return Correction(Roster(MODELS, "large", frozenset(newcomers), dimensions), doubts)


def exploring(doubts: Doubts = FITTED, newcomers: tuple[str, ...] = (), weights: Weights = WEIGHTS) -> Exploring:
    inner = Learned(direct(MODELS), "large", Trust(weights))
    return Exploring(inner, correction(doubts, newcomers), weights)


def request(each: Exploring, key: int, appraisal: Appraisal, errors: dict[str, float], rng: Random) -> Call:
    """One request, with the label of what was asked."""
    query = Query(key, appraisal=appraisal)
    call = each.choose(Miss(query), NO_ROOM)
    (model,) = call.plan.models
    price = PRICES[MODELS.index(model)]
    wrong = float(rng.random() < errors[model])
    each.learn(Outcome(query, model, price, ((model, price),), wrong=wrong, plan=call.plan), None)
    return call


def test_what_was_appraised_stands_until_something_is_heard() -> None:
    found = correction(Doubts(0.05, 0.05, 1.0, 0.05, caution=0.0, settled=0.25))
    assert found.cautious(Appraisal((0.2, 0.1), PRICES)) == pytest.approx([0.2, 0.1])


def test_only_the_model_that_was_asked_is_taught() -> None:
    found, said = correction(), Appraisal((0.2, 0.1), PRICES)
    before = found.odds(said)
    for _ in range(20):
        found.learn("small", said, 1.0)
    after = found.odds(said)
    assert after[0] > before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize("wrong", [0.0, 1.0])
def test_one_label_moves_a_rate_as_laplaces_approximation_has_it(wrong: float) -> None:
    found = correction(Doubts(rate=0.6, vector=1.0, newcomer=1.0, reference=0.1, caution=0.0, settled=0.0))
    asked = Appraisal((0.3, 0.1), PRICES)
    before = found.odds(asked)
    found.learn("small", asked, wrong)
    slope = 0.3 * 0.7
    moved = 0.6**2 * (wrong - 0.3) / (1.0 + slope * 0.6**2)
    assert found.odds(asked) == pytest.approx([before[0] + moved, before[1]])
    assert found.doubtful(asked) == pytest.approx([(0.6**-2 + slope) ** -0.5, 0.1])


def test_what_one_model_is_found_to_err_moves_all_by_what_they_have_in_common() -> None:
    doubts = Doubts(rate=0.6, vector=1.0, newcomer=1.0, reference=0.6, caution=0.0, settled=0.0, is_shared=True)
    found, asked = correction(doubts), Appraisal((0.3, 0.1), PRICES)
    before = found.odds(asked)
    found.learn("small", asked, 1.0)
    slope = 0.3 * 0.7
    step = 0.6**2 * 0.7 / (1.0 + slope * 2.0 * 0.6**2)
    small, large = found.odds(asked)
    assert (small, large) == pytest.approx((before[0] + 2.0 * step, before[1] + step))
    found.learn("large", asked, 0.0)
    chance = 1.0 / (1.0 + np.exp(-large))
    common = 0.6**2 / (1.0 + slope * 0.6**2)
    step = -chance / (1.0 + chance * (1.0 - chance) * (0.6**2 + common))
    assert found.odds(asked) == pytest.approx((small + common * step, large + (common + 0.6**2) * step), abs=1e-4)


def test_what_is_passed_over_for_its_quality_is_not_tried_though_it_may_be_better() -> None:
    inner = Learned(direct(MODELS), "large", Trust(WEIGHTS, quality_floor=0.8))
    each = Exploring(inner, correction(newcomers=("small",)), WEIGHTS)
    each.trying.allowed = 1e6
    query = Query(1, appraisal=Appraisal((0.3, 0.29), (1.0, 100.0)))
    calls = [each.choose(Miss(query), NO_ROOM) for _ in range(20)]
    assert {call.propensity for call in calls} == {1.0}
    assert {call.plan.models for call in calls} == {("large",)}


def test_an_unexpected_rate_raises_an_alarm_and_is_learned_within_a_hundred_answers() -> None:
    found, said, rng = correction(), Appraisal((0.2, 0.1), PRICES), Random(1)
    for _ in range(500):
        found.learn("small", said, float(rng.random() < 0.2))
    assert found.alarms[0].raised == 0
    for _ in range(100):
        found.learn("small", said, float(rng.random() < 0.8))
    assert found.alarms[0].raised > 0
    assert 1.0 / (1.0 + np.exp(-found.odds(said)[0])) > 0.5


def test_an_alarm_is_rare_where_the_chances_hold() -> None:
    alarms = []
    for seed in range(20):
        rng, alarm = Random(seed), Alarm()
        for _ in range(2000):
            chance = rng.random()
            alarm.heard(chance, float(rng.random() < chance))
        alarms.append(alarm.raised)
    assert sum(alarms) <= 20  # one in 2,000 answers, or fewer


def test_a_vector_tells_queries_apart_and_one_of_another_length_does_not() -> None:
    found = correction(BLANK, dimensions=2)
    one, other = (Appraisal((0.3, 0.3), PRICES, np.array(vector, np.float32)) for vector in ([1, 0], [0, 1]))
    for _ in range(200):
        found.learn("small", one, 1.0)
        found.learn("small", other, 0.0)
    assert found.odds(one)[0] > 0.5 > -0.5 > found.odds(other)[0]
    odd = Appraisal((0.3, 0.3), PRICES, np.ones(3, np.float32))
    assert found.odds(odd) == found.odds(Appraisal((0.3, 0.3), PRICES))


def test_a_query_that_one_model_found_hard_is_thought_hard_for_all_where_nothing_was_fitted() -> None:
    found, hard = correction(BLANK, dimensions=2), Appraisal((0.3, 0.3), PRICES, np.array([1.0, 0.0], np.float32))
    easy = Appraisal((0.3, 0.3), PRICES, np.array([0.0, 1.0], np.float32))
    for _ in range(50):
        found.learn("large", hard, 1.0)
        found.learn("large", easy, 0.0)
    assert found.odds(hard)[0] > found.odds(easy)[0] + 0.5
    restarted = correction(BLANK, dimensions=2)
    restarted.restore(as_kept(found.snapshot()))
    assert restarted.odds(hard) == pytest.approx(found.odds(hard), abs=1e-4)


def test_what_was_learned_survives_a_restart_also_where_models_have_changed() -> None:
    found, said = correction(dimensions=2), Appraisal((0.2, 0.1), PRICES, np.array([0.6, 0.8], np.float32))
    for _ in range(50):
        found.learn("small", said, 1.0)
    again = correction(dimensions=2)
    again.restore(found.snapshot())
    assert again.odds(said) == pytest.approx(found.odds(said), abs=1e-5)
    rates = correction()
    for _ in range(50):
        rates.learn("small", said, 1.0)
    other = Correction(Roster(("large", "new", "small"), "large", frozenset({"new"}), dimensions=2), FITTED)
    other.restore(rates.snapshot())
    plain = Appraisal((0.1, 0.5, 0.2), (10.0, 5.0, 1.0))
    assert other.odds(plain)[2] > -1.0
    assert other.odds(plain)[1] == pytest.approx(0.0)


def test_the_reference_model_is_asked_from_nothing_and_others_within_the_allowance() -> None:
    each, rng = exploring(BLANK), Random(2)
    errors = {"small": 0.9, "large": 0.1}
    said = Appraisal(tuple(by_tiers(PRICES, 1).tolist()), PRICES)
    calls = [request(each, key, said, errors, rng) for key in range(1000)]
    asked = sum(call.plan.models == ("small",) for call in calls)
    assert 0 < asked < 60
    assert calls[0].plan == Plan(("large",))


def test_what_looks_cheap_is_only_tried_until_enough_was_heard_of_it() -> None:
    each, rng = exploring(BLANK, weights=Weights(error=5.0)), Random(5)
    errors = {"small": 0.95, "large": 0.1}
    said = Appraisal(tuple(by_tiers(PRICES, 1).tolist()), PRICES)
    calls = [request(each, key, said, errors, rng) for key in range(60)]
    assert sum(call.plan.models == ("small",) for call in calls) <= 9
    assert "too little was heard" in calls[0].reason


def test_a_cheap_model_that_turns_out_to_be_good_is_asked_in_the_end() -> None:
    each, rng = exploring(BLANK), Random(3)
    errors = {"small": 0.02, "large": 0.1}
    said = Appraisal(tuple(by_tiers(PRICES, 1).tolist()), PRICES)
    calls = [request(each, key, said, errors, rng) for key in range(1500)]
    assert sum(call.plan.models == ("small",) for call in calls[-200:]) > 150


def test_a_settled_route_tries_nothing_and_a_newcomer_is_tried() -> None:
    errors = {"small": 0.1, "large": 0.1}
    said = Appraisal((0.5, 0.2), PRICES)
    settled, rng = exploring(), Random(4)
    assert all(request(settled, key, said, errors, rng).propensity == 1.0 for key in range(300))
    newcomer = exploring(newcomers=("small",))
    calls = [request(newcomer, key, said, errors, rng) for key in range(300)]
    tried = [call for call in calls if call.propensity < 1.0]
    assert tried
    for call in tried:
        shares = [each.propensity for each in call.candidates]
        assert sum(shares) == pytest.approx(1.0)
        assert call.propensity == next(each.propensity for each in call.candidates if each.models == call.plan.models)


def test_a_model_that_charges_more_than_was_expected_is_asked_less() -> None:
    each = exploring(weights=Weights(error=10.0))
    query = Query(1, appraisal=Appraisal((0.2, 0.1), PRICES))
    assert each.choose(Miss(query), NO_ROOM).plan == Plan(("small",))
    for key in range(200):
        asked = Query(key, appraisal=query.appraisal)
        each.learn(Outcome(asked, "small", 30.0, (("small", 30.0),), wrong=0.0, plan=Plan(("small",))), None)
    assert each.choose(Miss(query), NO_ROOM).plan == Plan(("large",))


def test_a_rating_that_comes_later_teaches_once_and_one_without_a_decision_does_not() -> None:
    each, query = exploring(), Query(7, appraisal=Appraisal((0.2, 0.1), PRICES))
    each.learn(Outcome(query, "small", 1.0, plan=Plan(("small",))), None)
    assert each.correction.labels == 0
    for _ in range(2):
        each.learn(Rating(Query(7), "small", 0.0), None)
    each.learn(Rating(Query(8), "small", 0.0), None)
    assert each.correction.labels == 1


def test_where_the_cache_stands_aside_each_rating_teaches_by_what_was_expected_of_its_own_request() -> None:
    easy, hard = Appraisal((0.1, 0.1), PRICES), Appraisal((0.7, 0.1), PRICES)
    several, alone = exploring(), exploring()
    for each, asked in ((several, {"easy": easy, "hard": hard}), (alone, {"easy": easy})):
        for decision, said in asked.items():
            query = Query(NOT_TOLD_APART, appraisal=said)
            each.learn(Outcome(query, "small", 1.0, plan=Plan(("small",)), decision=decision), None)
        each.learn(Rating(Query(NOT_TOLD_APART), "small", 0.0, decision="easy"), None)
    assert several.correction.odds(easy) == alone.correction.odds(easy)
    again = exploring()
    again.restore(as_kept(several.snapshot()))
    for _ in range(2):
        again.learn(Rating(Query(NOT_TOLD_APART), "small", 0.0, decision="hard"), None)
    assert again.correction.labels == 2


def test_an_answer_that_a_judge_let_pass_says_nothing_of_the_model_alone() -> None:
    each, query = exploring(), Query(7, appraisal=Appraisal((0.2, 0.1), PRICES))
    each.learn(Outcome(query, "small", 1.0, wrong=1.0, plan=Plan(("small", "large"), 0.5)), None)
    assert each.correction.labels == 0


def test_what_waits_for_a_rating_survives_a_restart() -> None:
    each, query = exploring(), Query(7, appraisal=Appraisal((0.2, 0.1), PRICES))
    each.learn(Outcome(query, "small", 1.0, plan=Plan(("small",))), None)
    again = exploring()
    again.restore(as_kept(each.snapshot()))
    again.learn(Rating(Query(7), "small", 0.0), None)
    assert again.correction.labels == 1
    assert again.trying.allowed == each.trying.allowed


def test_what_was_settled_is_in_doubt_again_when_it_was_not_asked_for_long() -> None:
    found, said = correction(BLANK), Appraisal((0.5, 0.5), PRICES)
    for _ in range(18):
        found.learn("small", said, 0.5)
    assert found.doubtful(said)[0] == 0.0
    for _ in range(1_000):
        found.learn("large", said, 0.5)
    assert found.doubtful(said)[0] == 0.0
    for _ in range(20_000):
        found.learn("large", said, 0.5)
    assert found.doubtful(said)[0] > 0.0


def test_a_query_without_an_appraisal_is_left_to_the_multiplexer_within() -> None:
    each = exploring()
    call = each.choose(Miss(Query(1)), NO_ROOM)
    assert call.plan == Plan(("large",))
    assert "fewer than" in call.reason


def test_a_newcomer_is_guessed_by_the_models_of_its_price() -> None:
    odds = np.array([2.0, 0.0, -2.0])
    assert by_siblings(odds, (1.0, 10.0, 100.0), 10.0) == pytest.approx(0.0)
    assert by_siblings(odds, (1.0, 10.0, 100.0), 1e6) < -1.9
    assert by_siblings(odds, (0.0, 10.0, 100.0), 0.0) > 1.9


def test_from_nothing_cheaper_models_are_guessed_to_be_worse() -> None:
    chances = by_tiers((1.0, 10.0, 10.0, 100.0), 1)
    assert chances[0] > chances[1] == chances[2] == chances[3]


def test_one_call_at_a_tiny_price_says_little_of_a_models_prices() -> None:
    ratios = Ratios()
    ratios.paid("free", 0.0, 5.0)
    ratios.paid("small", 1e-9, 5.0)
    assert ratios.of("free") == 1.0
    assert ratios.of("small") < 3.0


def test_a_mean_price_is_learned_by_the_first_calls_and_shared_with_who_was_never_asked() -> None:
    ratios, firm = Ratios(is_shared=True), Ratios()
    for _ in range(10):
        ratios.paid("small", 100.0, 8.0)
        firm.paid("small", 100.0, 8.0)
    assert ratios.of("small") == pytest.approx(0.08, rel=0.5)
    assert ratios.of("large") == pytest.approx(0.08, rel=0.5)
    assert firm.of("small") > 0.3, "what was fitted is held more tightly"
    assert firm.of("large") == 1.0, "and each model by itself"


def test_a_mean_price_that_holds_no_longer_is_found_and_begins_anew() -> None:
    for factor in (0.1, 5.0):
        ratios, rng = Ratios(), Random(1)
        for _ in range(1_000):
            assert ratios.paid("small", 10.0, 10.0 * rng.uniform(0.5, 1.5)) is None
        found = [ratios.paid("small", 10.0, factor * 10.0 * rng.uniform(0.5, 1.5)) for _ in range(40)]
        assert any(each is not None for each in found)
        assert ratios.of("small") == pytest.approx(factor, rel=0.25)


def test_what_a_model_reads_is_no_part_of_what_its_answers_are_found_to_take() -> None:
    each = exploring(BLANK, weights=Weights())
    said = Appraisal((0.3, 0.3), (100.0, 1000.0), writing=(90.0, 900.0))
    for key in range(50):
        each.learn(Outcome(Query(key, appraisal=said), "small", 19.0, plan=Plan(("small",))), None)
    long = Appraisal((0.3, 0.3), (1090.0, 10900.0), writing=(90.0, 900.0))
    assert each.charges.prices(long) == pytest.approx((1009.0, 10090.0), rel=0.01)


@pytest.mark.parametrize("share", [0.03, 0.2, 1.0])
def test_from_nothing_a_wrong_guess_of_lengths_costs_no_more_than_the_reference_model(share: float) -> None:
    """Answers are a twelfth as long as was guessed, by which the reference seems dearer than the errors it avoids."""
    inner = Learned(direct(MODELS), "large", Trust(Weights(error=3000.0)))
    each = Exploring(inner, correction(BLANK), Weights(error=3000.0), share=share)
    rng, errors, paid = Random(6), {"small": 0.20, "large": 0.05}, 0.0
    guessed, truth = (180.0, 3000.0), {"small": 20.0, "large": 300.0}
    said = Appraisal(tuple(by_tiers(guessed, 1).tolist()), guessed, writing=(170.0, 2900.0))
    asked = []
    for key in range(800):
        query = Query(key, appraisal=said)
        (model,) = each.choose(Miss(query), NO_ROOM).plan.models
        wrong = float(rng.random() < errors[model]) if rng.random() < 0.5 else None
        each.learn(Outcome(query, model, truth[model], wrong=wrong, plan=Plan((model,))), None)
        paid += truth[model] + 3000.0 * errors[model]
        asked.append(model)
    assert paid <= 1.08 * 800 * (truth["large"] + 3000.0 * errors["large"])
    assert asked[-100:].count("large") >= 90


def turn(number: int, *, earlier: int = 0, time: float = 0.0, kept: tuple[float, ...] = ()) -> Appraisal:
    return Appraisal((0.10, 0.01), PRICES, time=time, thread=number, earlier=earlier, kept=kept)


def conversed(each: Exploring, appraisal: Appraisal, model: str | None = None) -> Call:
    """One turn, answered by the model that is chosen, or by another."""
    query = Query(appraisal.thread, appraisal=appraisal)
    call = each.choose(Miss(query), NO_ROOM)
    answering = model or call.plan.models[0]
    price = PRICES[MODELS.index(answering)]
    each.learn(Outcome(query, answering, price, ((answering, price),), plan=Plan((answering,))), None)
    return call


def test_the_model_that_has_answered_goes_on_where_it_is_hardly_dearer_and_not_where_it_is() -> None:
    each = exploring()  # small 1 + 100 x 0.10, large 10 + 100 x 0.01: equal but for caution
    first = conversed(each, turn(1))
    other = next(model for model in MODELS if (model,) != first.plan.models)
    conversed(each, turn(2), other)
    going_on = conversed(each, turn(3, earlier=2))
    assert going_on.plan.models == (other,)
    assert "answered before" in going_on.reason
    assert [one.propensity for one in going_on.candidates if one.models == (other,)] == [1.0]
    each.charges.threads = Threads(Loyalty(affinity=0.0))
    conversed(each, turn(4), other)
    assert conversed(each, turn(5, earlier=4)).plan == first.plan, "no affinity, no staying"


def test_what_a_provider_has_read_is_not_paid_again_by_who_goes_on_in_time() -> None:
    each = exploring(weights=Weights())
    conversed(each, turn(1), "large")
    kept = (0.9, 9.5)
    assert conversed(each, turn(2, earlier=1, time=10.0, kept=kept)).plan.models == ("large",), "10 - 9.5 is below 1"
    assert conversed(each, turn(3, earlier=1, time=1000.0, kept=kept)).plan.models == ("small",), "too late"
    assert conversed(each, turn(4, kept=kept)).plan.models == ("small",), "and a new conversation has nothing kept"


def test_a_discount_for_what_was_read_is_not_learned_as_the_models_price() -> None:
    each = exploring(weights=Weights())
    for number in range(1, 200, 2):
        first, second = turn(number), turn(number + 1, earlier=number, kept=(0.5, 9.0))
        for appraisal, paid in ((first, 10.0), (second, 1.0)):
            query = Query(appraisal.thread, appraisal=appraisal)
            each.learn(Outcome(query, "large", paid, (("large", paid),), plan=Plan(("large",))), None)
    assert each.charges.ratios.of("large") == pytest.approx(1.0, abs=0.01)


def test_who_has_answered_before_does_not_go_on_while_too_little_was_heard_of_it() -> None:
    each = exploring(BLANK)
    each.charges.threads = Threads(Loyalty(affinity=1e6))
    assert each.trying.is_unheard(("small",))
    conversed(each, turn(1), "small")
    each.correction.heard["large"] = BLANK.few
    assert conversed(each, turn(2, earlier=1)).plan.models == ("large",)
    each.correction.heard["small"] = BLANK.few
    assert conversed(each, turn(3, earlier=1)).plan.models == ("small",)


def test_an_appraisal_is_read_by_its_models_names_and_what_lacks_one_is_not_read() -> None:
    said = Appraisal((0.1, 0.2, 0.3), (1.0, 2.0, 3.0), writing=(0.5, 0.6, 0.7), models=("a", "b", "c"))
    assert in_order(said, ("a", "b", "c")) is said
    found = in_order(said, ("c", "a"))
    assert found == Appraisal((0.3, 0.1), (3.0, 1.0), writing=(0.7, 0.5), models=("c", "a"))
    assert in_order(said, ("a", "late")) is None
    assert in_order(Appraisal((0.1,)), ("a", "b")) is None, "of other models, though it does not say which"


def test_what_waits_for_a_rating_is_told_of_the_model_that_it_names_when_their_order_is_another() -> None:
    each = exploring()
    query = Query(7, appraisal=Appraisal((0.9, 0.1), PRICES, models=MODELS))
    each.learn(Outcome(query, "large", 10.0, plan=Plan(("large",))), None)
    other = ("large", "small")
    again = Exploring(Learned(direct(other), "large", Trust(WEIGHTS)), Correction(Roster(other, "large")), WEIGHTS)
    again.restore(as_kept(each.snapshot()))
    again.learn(Rating(Query(7), "large", 0.0), None)
    each.learn(Rating(Query(7), "large", 0.0), None)
    same, placed = Appraisal((0.5, 0.5), PRICES, models=MODELS), Appraisal((0.5, 0.5), PRICES[::-1], models=other)
    assert again.correction.odds(placed) == pytest.approx(each.correction.odds(same)[::-1])
