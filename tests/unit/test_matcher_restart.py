"""What a matcher has learned survives a restart, whole or not at all."""

from dataclasses import replace
from random import Random

import msgspec
import pytest

from pantler.core.seams import Learner
from pantler.matchers.verified import State, Verified
from pantler.matching.features import MOST_WORDS, Rarity
from pantler.matching.prior import pretrained
from pantler.matching.promise import Promise
from pantler.matching.values import Near
from pantler.matching.wording import read

WORDS = ("how", "tall", "wide", "old", "is", "the", "tower", "bridge", "of", "in", "oslo", "paris", "lima", "when")


def taught(matcher: Verified, requests: int = 900) -> Verified:
    chance = Random(7)
    for number in range(requests):
        asked, stored = (" ".join(chance.sample(WORDS, 6)) for _ in range(2))
        near = [Near(number % 40, chance.uniform(0.6, 1.0), read(stored)), Near(999, 0.5, read("when"))]
        finding = matcher.match(read(asked), near)
        matcher.learn(finding, right=finding.wrong < 0.3)
    return matcher


def as_kept(matcher: Verified) -> object:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(matcher.snapshot()))


@pytest.fixture(scope="module")
def old() -> Verified:
    return taught(Verified(Promise(0.05)))


def test_a_restored_matcher_decides_as_the_old_one(old: Verified) -> None:
    new = Verified(Promise(0.05))
    new.restore(as_kept(old))
    assert new.snapshot() == old.snapshot()
    assert new.promise.certified == old.promise.certified
    asked, near = read("how tall is the tower of oslo"), [Near(3, 0.97, read("how high is the tower of oslo"))]
    kept = old.snapshot()
    again = Verified(Promise(0.05))
    again.restore(msgspec.to_builtins(kept))
    assert new.match(asked, near).wrong == again.match(asked, near).wrong


def test_it_learns_on_from_where_it_was(old: Verified) -> None:
    one, other = Verified(Promise(0.05), seed=3), Verified(Promise(0.05), seed=3)
    one.restore(as_kept(old))
    other.restore(as_kept(old))
    assert taught(one, 300).snapshot() == taught(other, 300).snapshot()
    assert one.belief.labels > old.belief.labels


def test_under_another_promise_it_keeps_what_it_believes_and_begins_in_shadow(old: Verified) -> None:
    new = Verified(Promise(0.01))
    new.restore(as_kept(old))
    assert new.belief.labels == old.belief.labels
    assert (new.promise.per_request, new.promise.certified, new.promise.requests) == (0.01, False, 0)
    assert new.cutoff.level == 0.0


def test_what_was_learned_upon_another_prior_is_left(old: Verified) -> None:
    prior = pretrained()
    new = Verified(Promise(0.05), prior=replace(prior, mean=-prior.mean))
    new.restore(as_kept(old))
    assert new.belief.labels == 0


def test_a_snapshot_that_is_none_changes_nothing(old: Verified) -> None:
    state = old.snapshot()
    short = msgspec.structs.replace(state, belief=msgspec.structs.replace(state.belief, wrong=b"\0\0\0\0"))
    for bad in (None, [1, 2], msgspec.to_builtins(short)):
        new = Verified(Promise(0.05))
        with pytest.raises((msgspec.ValidationError, ValueError)):
            new.restore(bad)
        assert new.belief.labels == 0


def test_a_matcher_is_a_learner(old: Verified) -> None:
    assert isinstance(old, Learner)
    assert isinstance(old.snapshot(), State)


def test_words_that_came_once_are_forgotten_when_there_are_too_many() -> None:
    rarity = Rarity()
    for number in range(MOST_WORDS + 1):
        rarity.see(read(f"tower w{number}x"))
    assert set(rarity.counts) == {"tower", f"w{MOST_WORDS}x"}
    assert rarity.texts == MOST_WORDS // 2 + 1
