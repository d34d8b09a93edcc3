import pytest
from msgspec.structs import replace

from pantler.core.beliefs import Beliefs, posterior
from pantler.core.errors import ConfigError, OutcomeError
from pantler.core.types import Outcome, Query, Rating, Serve
from pantler.estimators.mean import Mean

QUERY = Query(1)


def rating(good: float, reliability: float = 1.0) -> Rating:
    return Rating(QUERY, "small", good, reliability)


def beliefs() -> Beliefs:
    prices = {"small": Mean(1.0), "large": Mean(10.0)}
    errors = {"small": Mean(0.4, prior_weight=10.0), "large": Mean(0.1, prior_weight=10.0)}
    return Beliefs(prices, errors, wrong_cost=10.0)


def test_a_rating_that_cannot_err_settles_the_matter() -> None:
    assert posterior(0.3, rating(good=0.0)) == 1.0
    assert posterior(0.3, rating(good=1.0)) == 0.0


def test_an_unreliable_rating_moves_the_belief_by_bayes_rule() -> None:
    assert posterior(0.2, rating(good=0.0, reliability=0.8)) == pytest.approx(0.2 * 0.8 / (0.2 * 0.8 + 0.8 * 0.2))


def test_a_rating_no_better_than_a_coin_changes_nothing() -> None:
    assert posterior(0.2, rating(good=0.0, reliability=0.5)) == pytest.approx(0.2)


def test_a_certain_word_against_a_certain_belief_is_taken() -> None:
    assert posterior(0.0, rating(good=0.0)) == 1.0
    assert posterior(1.0, rating(good=1.0)) == 0.0


@pytest.mark.parametrize(
    ("word", "stored", "told"),
    [
        (rating(good=0.0), None, True),
        (rating(good=0.0, reliability=0.7), None, False),
        (replace(rating(good=0.0), repeats=True), None, False),
        (replace(rating(good=0.0), repeats=True), Serve(QUERY, "small", 1.0), True),
        (rating(good=0.0), Serve(QUERY, "small", 1.0, ratings=1), False),
    ],
    ids=["a label", "a hint", "of what may have been labelled and is gone", "of what was not", "of what was"],
)
def test_a_model_is_taught_by_the_first_label_of_an_answer(word: Rating, stored: Serve | None, told: bool) -> None:
    each = beliefs()
    before = each.error("small", 1)
    each.learn(word, stored)
    assert (each.error("small", 1) != before) == told


def test_the_price_is_paid_once_and_the_error_on_every_serve() -> None:
    assert beliefs().cost("small", 1, serves=3.0) == pytest.approx(1.0 + 3 * 10 * 0.4)


def test_the_dear_model_is_best_once_enough_serves_are_expected() -> None:
    assert [beliefs().best(1, serves) for serves in (1.0, 2.9, 3.1)] == ["small", "small", "large"]


def test_the_model_named_first_wins_a_tie() -> None:
    assert Beliefs({"b": Mean(1.0), "a": Mean(1.0)}).best(1) == "b"


def test_an_answer_teaches_its_model_once_however_often_it_is_rated() -> None:
    known = beliefs()
    stored = known.learn(rating(0.0, 0.9), Serve(QUERY, "small", 1.0))
    after_one = known.error("small", 1)
    assert stored is not None
    stored = known.learn(rating(0.0, 0.9), stored)
    assert known.error("small", 1) == after_one > 0.4
    assert stored is not None
    assert stored.ratings == 2


def test_an_unrated_answer_is_believed_wrong_as_often_as_its_model_by_now() -> None:
    known = beliefs()
    stored = Serve(QUERY, "small", 1.0, wrong=0.4)
    known.learn(Rating(Query(2), "small", good=0.0), None)
    assert known.wrong(stored) == known.error("small", 1) > 0.4


def test_an_outcome_that_tells_whether_it_was_wrong_counts_as_a_rating() -> None:
    known = beliefs()
    brought = known.learn(Outcome(QUERY, "small", 1.0, charges=(("small", 3.0),), wrong=1.0), None)
    assert brought is not None
    assert (brought.wrong, brought.ratings) == (1.0, 1)
    assert known.error("small", 1) > 0.4
    assert known.price("small", 1) > 1.0


@pytest.mark.parametrize(
    "event", [Rating(QUERY, "huge", 1.0), Outcome(QUERY, "huge", 1.0), Outcome(QUERY, "small", 1.0, (("huge", 1.0),))]
)
def test_a_model_that_is_not_configured_is_named(event: Rating | Outcome) -> None:
    with pytest.raises(OutcomeError, match=r"'huge'.*small, large"):
        beliefs().learn(event, None)


def test_prices_and_errors_must_be_of_the_same_models() -> None:
    with pytest.raises(ConfigError, match="same"):
        Beliefs({"a": Mean()}, {"b": Mean()})


def test_a_multiplexer_without_models_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one model"):
        Beliefs({})


def test_an_outcome_without_charges_teaches_its_model_its_cost() -> None:
    terse, told = beliefs(), beliefs()
    terse.learn(Outcome(QUERY, "small", 4.0), None)
    told.learn(Outcome(QUERY, "small", 4.0, (("small", 4.0),)), None)
    assert terse.price("small", 1) == told.price("small", 1) > 1.0
    assert terse.price("large", 1) == 10.0


def test_an_outcome_with_charges_teaches_each_model_that_was_asked_its_own() -> None:
    known = beliefs()
    known.learn(Outcome(QUERY, "large", 15.0, (("small", 0.5), ("large", 14.0))), None)
    assert known.price("small", 1) < 1.0
    assert known.price("large", 1) > 10.0
