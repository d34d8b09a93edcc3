"""Plans that a judge ends are tried and learned online as models are."""

from random import Random

import pytest

from pantler.core.cost import Weights
from pantler.core.packing import as_kept
from pantler.core.plans import direct, tiered
from pantler.core.types import Appraisal, Call, Miss, Outcome, Plan, Query, Rating
from pantler.learning.challengers import HOLD, LET_THROUGH, SETTLED, Heard, deviation
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK
from pantler.learning.exploring import Exploring
from pantler.learning.guesses import by_tiers
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned

MODELS = ("cheap", "other", "dear")
PRICES = {"cheap": 13.0, "other": 13.0, "dear": 210.0}
WEIGHTS = Weights(error=3000.0)
VOTE = tiered([("cheap", "other"), ("dear",)], 0.5)


class NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False


def exploring() -> Exploring:
    inner = Learned([*direct(MODELS), VOTE], "dear", Trust(WEIGHTS))
    return Exploring(inner, Correction(Roster(MODELS, "dear"), BLANK), WEIGHTS, share=0.05)


def request(each: Exploring, number: int, right: float, rng: Random) -> Call:
    """One request for one of four letters; the cheap models are right with that chance, else say any of the four."""
    prices = tuple(PRICES.values())
    query = Query(number, appraisal=Appraisal(tuple(by_tiers(prices, 2).tolist()), prices))
    call = each.choose(Miss(query), NoRoom())
    said = {name: 0 if rng.random() < chance else rng.randrange(4) for name, chance in _chances(right).items()}
    asked = call.plan.models if call.plan != VOTE or said["cheap"] != said["other"] else MODELS[:2]
    charges = tuple((model, PRICES[model]) for model in asked)
    wrong = float(said[asked[-1]] != 0) if rng.random() < 0.6 else None
    each.learn(Outcome(query, asked[-1], charges[-1][1], charges, wrong=wrong, plan=call.plan), None)
    return call


def _chances(right: float) -> dict[str, float]:
    return {"cheap": right, "other": right, "dear": 0.98}


def test_a_vote_of_cheap_models_is_tried_and_taken_where_their_agreement_is_worth_more_than_each_of_them() -> None:
    each, rng = exploring(), Random(7)
    calls = [request(each, number, 0.92, rng) for number in range(900)]
    assert sum(call.plan == VOTE for call in calls[-200:]) >= 180
    tried = next(call for call in calls if call.plan == VOTE)
    assert 0.0 < tried.propensity < 1.0
    assert sum(one.propensity for one in tried.candidates) == 1.0


def test_a_vote_that_is_worth_nothing_is_tried_within_the_allowance_and_left() -> None:
    each, rng = exploring(), Random(8)
    calls = [request(each, number, 0.3, rng) for number in range(900)]
    assert 0 < sum(call.plan == VOTE for call in calls) < 130
    assert sum(call.plan == VOTE for call in calls[-200:]) < 20


def test_what_was_heard_of_a_vote_survives_a_restart() -> None:
    each, rng, again = exploring(), Random(7), exploring()
    for number in range(900):
        request(each, number, 0.92, rng)
    again.restore(as_kept(each.snapshot()))
    assert request(again, 1000, 0.92, rng).plan == VOTE


def test_what_a_vote_costs_is_in_doubt_until_it_was_heard_and_rated_often() -> None:
    off = [deviation(Heard(times, labels, 1.0), 0.3, 100.0, 10.0) for times, labels in ((0, 0), (10, 5), (30, 30))]
    assert off[0] > off[1] > off[2] == 0.0


def test_the_doubt_in_a_vote_is_that_of_how_often_it_goes_on_and_of_what_it_lets_pass() -> None:
    of_reach = 100.0**2 * (0.3 * 0.7 + 1.0 / (10.0 + SETTLED)) / (10.0 + 1.0)
    of_keeping = 20.0**2 / (HOLD * LET_THROUGH + 2.0)
    found = deviation(Heard(10.0, 5.0, 2.0), 0.3, 100.0, 20.0)
    assert found == pytest.approx((of_reach + of_keeping) ** 0.5)


def test_a_rating_that_comes_later_counts_for_the_vote_and_not_for_the_model() -> None:
    each, rng = exploring(), Random(9)
    query = Query(1, appraisal=Appraisal((0.3, 0.3, 0.3), tuple(PRICES.values())))
    for number in range(10):
        asked = Query(number, appraisal=query.appraisal)
        each.learn(Outcome(asked, "other", 13.0, (("cheap", 13.0), ("other", 13.0)), plan=VOTE), None)
        each.learn(Rating(asked, "other", 1.0), None)
    assert each.correction.labels == 0
    assert not each.trying.has_few(VOTE.models)
    assert each.trying.has_few(("other",))
    assert request(each, 99, 0.9, rng).plan == Plan(("dear",)), "while the reference model was not heard"
