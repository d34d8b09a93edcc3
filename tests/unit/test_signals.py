"""How far the words of each signal are believed, and that it is learned where they meet."""

from random import Random

import msgspec
import pytest

from pantler.core.errors import ConfigError, UnknownPart
from pantler.core.packing import as_kept
from pantler.core.types import SURE
from pantler.learning.signals import DOUBT, SIGNALS, Signals, log_odds

WRONG = 0.3


def heard(signals: Signals, rates: dict[str, float], number: int = 2000) -> Signals:
    """Answers of which three in ten are wrong, each with a word of every signal, true by the rate given."""
    rng = Random(1)
    for _ in range(number):
        is_wrong = rng.random() < WRONG
        words = {name: float(is_wrong != (rng.random() < rate)) for name, rate in rates.items()}
        signals.learn(WRONG, words)
    return signals


def test_a_word_moves_the_chance_by_its_reliability() -> None:
    signals = Signals({"mine": 0.8})
    odds = (WRONG / (1 - WRONG)) * (0.8 / 0.2)
    assert signals.wrong(WRONG, {"mine": 0.0}) == pytest.approx(odds / (1 + odds))
    assert signals.wrong(WRONG, {}) == pytest.approx(WRONG), "no word, no change"


def test_one_meeting_moves_a_signal_by_what_the_other_ones_word_takes_away_of_the_doubt() -> None:
    signals, words = Signals({"mine": 0.8}), {"mine": 0.0, "thumbs": 0.0}
    alone, both = signals.wrong(WRONG, {"mine": 0.0}), signals.wrong(WRONG, words)
    taken = signals.told(alone, {"thumbs": 0.0})
    assert 0.1 < taken < 0.9
    precision = DOUBT**-2 + alone * (1.0 - alone) * taken
    signals.learn(WRONG, words)
    moved = log_odds(signals.reliability("mine", 0.0)) - log_odds(0.8)
    assert moved == pytest.approx((both - alone) / precision)
    assert signals.reliability("mine", 1.0) == pytest.approx(0.8), "its other word has not been heard"


def test_a_signal_that_the_configuration_names_no_longer_is_passed_over() -> None:
    signals = Signals()
    before = signals.reliability("thumbs", 0.0)
    signals.learn(WRONG, {"thumbs": 0.0, "gone": 0.0})
    assert signals.reliability("thumbs", 0.0) == before
    signals.learn(WRONG, {"thumbs": 0.0, "gone": 0.0, "test": 0.0})
    assert signals.reliability("thumbs", 0.0) > before


def test_what_the_configuration_says_otherwise_holds_over_what_was_learned_before() -> None:
    before = heard(Signals({"mine": 0.9, "other": 0.9}), {"test": 0.99, "mine": 0.6, "other": 0.6})
    assert before.reliability("mine", 0.0) < 0.7
    after = Signals({"mine": 0.8, "other": 0.9})
    after.restore(as_kept(before.snapshot()))
    assert after.reliability("mine", 0.0) == pytest.approx(0.8)
    assert after.reliability("other", 0.0) == before.reliability("other", 0.0)
    old = Signals({"mine": 0.8})
    old.restore(as_kept(before.snapshot()[:2]))
    assert old.reliability("mine", 0.0) == before.reliability("mine", 0.0), "of which nobody noted what came first"


def test_a_number_in_the_middle_says_nothing_and_one_beside_it_little() -> None:
    signals = Signals()
    assert signals.wrong(WRONG, {"score": 0.5}) == pytest.approx(WRONG)
    assert WRONG < signals.wrong(WRONG, {"score": 0.4}) < signals.wrong(WRONG, {"score": 0.0})


@pytest.mark.parametrize("rate", [0.55, 0.75, 0.9])
def test_beside_tests_a_signal_is_believed_as_often_as_it_is_true(rate: float) -> None:
    signals = heard(Signals(), {"test": 0.99, "thumbs": rate})
    assert [signals.reliability("thumbs", good) for good in (0.0, 1.0)] == pytest.approx([rate, rate], abs=0.05)
    assert signals.reliability("test", 0.0) > 0.95, "and the tests are believed as before"


def test_one_that_only_ever_says_wrong_is_believed_by_how_often_it_is_right_to_say_so() -> None:
    signals, rng = Signals(), Random(2)
    for _ in range(4000):
        is_wrong = rng.random() < WRONG
        if rng.random() < (0.3 if is_wrong else 0.05):
            signals.learn(WRONG, {"test": float(not is_wrong), "retry": 0.0})
    assert signals.reliability("retry", 0.0) == pytest.approx(0.3 / 0.35, abs=0.05), "six times as often of a wrong one"


def test_a_signal_learns_nothing_from_noise_and_nothing_alone() -> None:
    signals = Signals({"coin": 0.5})
    before = signals.reliability("thumbs", 0.0)
    for _ in range(500):
        signals.learn(WRONG, {"thumbs": 0.0, "coin": 1.0})
        signals.learn(WRONG, {"thumbs": 0.0})
    assert signals.reliability("thumbs", 0.0) == pytest.approx(before, abs=0.01)


def test_a_signal_that_lies_is_believed_no_more_but_never_taken_for_its_opposite() -> None:
    signals = heard(Signals(), {"test": 0.99, "thumbs": 0.1})
    assert signals.reliability("thumbs", 0.0) == pytest.approx(0.5, abs=0.01)


def test_what_is_certain_counts_as_a_whole_label_and_a_weak_word_as_little_of_one() -> None:
    signals = Signals()
    test, thumbs, retry = (signals.told(WRONG, {name: 0.0}) for name in ("test", "thumbs", "retry"))
    assert 1.0 >= test > 0.9 > thumbs > retry > 0.0


def test_what_was_learned_outlives_a_restart_as_far_as_the_signals_are_still_known() -> None:
    learned = heard(Signals({"mine": 0.9}), {"test": 0.99, "mine": 0.6})
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(learned.snapshot()))
    again = Signals({"mine": 0.9})
    again.restore(kept)
    assert again.snapshot() == learned.snapshot()
    Signals().restore(kept)


def test_an_unknown_signal_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(UnknownPart, match="thumbs"):
        Signals().reliability("thumb", 1.0)


@pytest.mark.parametrize("reliability", [0.4, 1.0])
def test_nobody_is_named_worse_than_a_coin_or_beyond_doubt(reliability: float) -> None:
    with pytest.raises(ConfigError, match="mine"):
        Signals({"mine": reliability})


def test_one_client_alone_raises_a_word_by_so_much_and_others_go_on_from_there() -> None:
    signals = Signals(most_raised=0.25)
    for _ in range(50):
        signals.learn(WRONG, {"test": 0.0, "follow-up": 0.0}, "mine")
    alone = signals.reliability("follow-up", 0.0)
    assert 0.66 < alone < 0.71
    again = Signals(most_raised=0.25)
    again.restore(as_kept(signals.snapshot()))
    again.learn(WRONG, {"test": 0.0, "follow-up": 0.0}, "mine")
    assert again.reliability("follow-up", 0.0) == pytest.approx(alone), "a restart gives no new allowance"
    for number in range(10):
        again.learn(WRONG, {"test": 0.0, "follow-up": 0.0}, f"key {number}")
    assert again.reliability("follow-up", 0.0) > alone + 0.03


def test_no_client_alone_makes_a_hint_a_label() -> None:
    signals = Signals(most_raised=0.25)
    hints = [name for name in SIGNALS if signals.reliability(name, 0.0) < SURE]
    for name in hints:
        for _ in range(50):
            signals.learn(WRONG, {"test": 0.0, name: 0.0}, "mine")
        assert signals.reliability(name, 0.0) < SURE


def test_one_client_may_lower_a_word_as_far_as_it_is_refuted() -> None:
    signals = Signals(most_raised=0.25)
    for _ in range(50):
        signals.learn(WRONG, {"test": 1.0, "follow-up": 0.0}, "mine")
    assert signals.reliability("follow-up", 0.0) < 0.6
