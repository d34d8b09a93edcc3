"""Where errors per hit are promised, the first hits wait until it is known how often sure ones are wrong."""

import msgspec
import pytest

from pantler.matchers.verified import Verified
from pantler.matching.probation import LATE, MOST_KINDS, Probation
from pantler.matching.promise import Promise
from pantler.matching.values import Near
from pantler.matching.wording import read

PER_HIT, KIND = 0.05, 7


def told(labels: int, errors: int = 0, *, requests: int = 10_000) -> Promise:
    """A promise whose latest audited hits were so many sure ones, the wrong ones first, each of its own kind."""
    promise = Promise(0.05, PER_HIT, requests=requests, certified=True)
    for number in range(labels):
        promise.tell(KIND + number, 0.001, 0.0)
        promise.tell(KIND + number, 0.001, float(number < errors))
    return promise


def share(promise: Promise, kind: int | None = KIND + 150, wrong: float = 0.001) -> float:
    return promise.audited_share(0.005, sure=promise.is_sure(kind, wrong))


def test_all_are_asked_until_sure_ones_have_shown_how_seldom_they_are_wrong() -> None:
    promise = told(150)
    assert (promise.probation_left, share(promise)) == (50, 1.0)
    assert share(told(201)) < 0.2


def test_each_wrong_one_takes_many_right_ones_more() -> None:
    assert share(told(201, errors=1)) == 1.0
    assert told(201, errors=1).probation_left > 100
    assert share(told(320, errors=1)) < 0.2


def test_nothing_is_served_where_the_first_hits_would_take_a_large_part_of_the_requests_so_far() -> None:
    assert share(told(201, requests=2000)) == 1.0
    assert share(told(320, requests=2000)) < 0.2


def test_labels_of_long_ago_do_not_count() -> None:
    promise = told(250)
    promise.requests += LATE + 1
    assert promise.probation_left == promise.probation.left(promise.requests, PER_HIT) == 200


@pytest.mark.parametrize(("kind", "wrong"), [(None, 0.001), (3, 0.001), (KIND + 150, 0.02)])
def test_of_few_hits_those_of_no_kind_that_was_right_and_doubtful_ones_are_asked(
    kind: int | None, wrong: float
) -> None:
    assert share(told(201), kind, wrong) == 1.0


def test_a_kind_of_which_one_was_wrong_is_asked_whatever_else_was_right() -> None:
    promise = told(201)
    promise.tell(KIND + 150, 0.04, 1.0)
    assert share(promise) == 1.0
    assert share(promise, KIND + 151) < 0.2


def test_of_few_hits_the_next_of_a_kind_is_asked_after_each_that_was_served() -> None:
    promise = told(201)
    assert share(promise) < 0.2
    promise.serve(0.001, KIND + 150)
    assert share(promise) == 1.0
    assert share(promise, KIND + 151) < 0.2
    promise.tell(KIND + 150, 0.001, 0.0)
    assert share(promise) < 0.2


def test_a_wrong_one_among_few_hits_begins_probation_anew() -> None:
    promise = told(201)
    assert share(promise) < 0.2
    promise.hits = 100
    promise.tell(KIND + 150, 0.001, 1.0)
    assert share(promise, KIND + 151) == 1.0
    assert promise.probation_left > 300


def test_a_wrong_one_among_many_does_not() -> None:
    promise = told(201)
    assert share(promise) < 0.2
    promise.hits = 1000
    promise.tell(KIND + 150, 0.001, 1.0)
    assert promise.probation.passed


def test_somebody_who_says_that_a_hit_was_wrong_begins_it_anew() -> None:
    matcher = Verified(told(201))
    matcher.kinds.label(2, 1, agrees=True)
    matcher.promise.tell(matcher.kinds.of(1), 0.001, 0.0)
    assert share(matcher.promise) < 0.2
    matcher.rate(1)
    assert share(matcher.promise) == 1.0


def test_without_errors_per_hit_nothing_is_kept() -> None:
    promise = Promise(0.05)
    promise.tell(KIND, 0.001, 0.0)
    assert (promise.probation, promise.probation_left) == (Probation(), 0)


def test_of_too_many_kinds_the_oldest_is_left_out() -> None:
    probation = Probation()
    for kind in range(MOST_KINDS + 1):
        probation.tell(kind, 0.0)
    assert len(probation.kinds) == MOST_KINDS
    assert not probation.is_sure(0, 0.001, PER_HIT)
    assert probation.is_sure(1, 0.001, PER_HIT)


def test_it_is_as_it_was_after_a_restart() -> None:
    question = read("how tall is the tower of oslo")
    old, new = Verified(told(201)), Verified(Promise(0.05, PER_HIT))
    old.learn(old.match(question, [Near(1, 0.9, question)]), right=True, fresh=2)
    new.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(old.snapshot())))
    assert new.promise.probation == old.promise.probation
    assert new.promise.probation.labels
