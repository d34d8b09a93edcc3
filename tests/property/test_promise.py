"""What is promised of wrong serves, on made streams in every order and with a judge who errs."""

from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantler.embedders.hashing import Hashing
from pantler.matchers.verified import Verified
from pantler.matching.promise import Promise
from pantler.matching.values import Near
from pantler.matching.wording import read
from pantler.simulator.rehearsal.run import Tally, Trial
from pantler.simulator.rehearsal.schedules import SCHEDULES
from pantler.simulator.rehearsal.stream import Stream, Vectors, drawn, prepared, reordered
from pantler.simulator.rehearsal.texts import Texts

PLACES = [
    "paris", "oslo", "lima", "cairo", "hanoi", "quito", "dublin", "prague", "nairobi", "lisbon", "turin", "bergen",
    "porto", "leeds", "ghent", "bremen", "malmo", "nice", "pisa", "basel", "linz", "cork", "riga",
]  # fmt: skip
WAYS = (
    "how tall is the {0} of {1}", "what height has the {0} of {1}", "tell me how tall the {0} of {1} is",
    "the {0} of {1} is how tall", "do you know how tall the {0} in {1} is",
)  # fmt: skip
THINGS = [
    "tower", "bridge", "church", "theatre", "castle", "palace", "museum", "station", "gate", "library", "harbour",
    "column", "dome", "arch", "pier", "mill", "spire", "chapel", "abbey", "fort", "villa", "temple", "stadium",
]  # fmt: skip
TRAPS = 0.1  # of the texts ask something else than they seem to, which no feature shows


def made(seed: int, count: int = len(PLACES) * len(THINGS) * len(WAYS)) -> Stream:
    chance = Random(seed)
    facts = {
        way.format(thing, place): f"{thing} {place}" + (way if chance.random() < TRAPS else "")
        for thing in THINGS
        for place in PLACES
        for way in WAYS
    }
    texts = Texts(facts)
    chosen, asked = drawn(texts, count, seed)
    return prepared(chosen, asked, Vectors(Hashing(), list(facts)).of(chosen))


@cache
def rehearsed(schedule: str | None, judge_error: float, seed: int) -> Tally:
    stream = made(seed)
    if schedule is not None:
        stream = reordered(stream, SCHEDULES[schedule](stream, seed))
    return Trial(0.05, None, None, judge_error).run(stream, seed)


@pytest.mark.parametrize("schedule", [None, *SCHEDULES])
@pytest.mark.parametrize("judge_error", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(2))
def test_the_promise_is_held(schedule: str | None, judge_error: float, seed: int) -> None:
    tally = rehearsed(schedule, judge_error, seed)
    assert not tally.breaks(Promise(0.05)), (len(tally.hits), tally.wrong_by_half)


@pytest.mark.parametrize("schedule", [None, *SCHEDULES])
def test_in_each_order_more_is_served_than_may_be_wrong(schedule: str | None) -> None:
    tallies = [rehearsed(schedule, judge_error, seed) for judge_error in (0.0, 0.05) for seed in range(2)]
    assert sum(len(tally.hits) for tally in tallies) > 0.05 * sum(tally.requests for tally in tallies)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), max_size=300), st.floats(0.001, 0.2))
def test_credit_spent_never_exceeds_credit_earned(asked: list[tuple[float, bool]], per_request: float) -> None:
    promise = Promise(per_request, certified=True)
    for wrong, caught in asked:
        promise.arrive()
        if promise.affords(wrong):
            promise.serve(wrong)
        if caught:
            promise.audited(True, 0.1)
        assert promise.spent <= promise.safety * per_request * promise.requests + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["match", "learn", "rate", "drop"])), max_size=60))
def test_any_order_of_puts_and_drops_leaves_a_matcher_that_decides(steps: list[tuple[int, str]]) -> None:
    matcher, wordings = Verified(), [read(text.format("tower", "oslo")) for text in (*WAYS, "is {0} in {1}")]
    for key, what in steps:
        near = [Near(key, 0.9, wordings[key]), Near(-1, 0.5, wordings[0])]
        finding = matcher.match(wordings[(key + 1) % 6], near)
        assert 0.0 <= finding.wrong <= 1.0
        if what == "learn":
            matcher.learn(finding, right=key % 2 == 0)
        elif what == "rate":
            matcher.rate(key)
        elif what == "drop":
            matcher.drop(key)
    assert np.isfinite(matcher.belief.coefficients).all()


def test_nothing_is_served_before_it_is_certified() -> None:
    tally = Trial(0.05, None, None).run(made(0, 250), 0)
    assert tally.hits == []
