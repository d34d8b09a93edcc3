"""The bound on what was served wrongly unseen, where audits alone say what is wrong."""

from random import Random

import pytest

from pantler.matching.promise import Promise
from pantler.matching.surprise import Surprise
from pantler.matching.unaudited import DOUBT, SIZES, UNSEEN, Unaudited, first_caught

ALLOWED = 40.0
RUNS = 150


def exceeded(chance: Random, share: float, lies: float) -> bool:
    """Whether more were served wrongly than the bound says, at any time while every other hit is wrong."""
    unaudited, served = Unaudited(), 0
    for number in range(int(5 * ALLOWED)):
        unaudited.weigh(1.0, share)
        wrong = number % 2 == 0
        if chance.random() < share:
            unaudited.hear(wrong != (chance.random() < lies), share, lies)
        else:
            served += wrong
        if served > unaudited.most(ALLOWED):
            return True
    return False


@pytest.mark.parametrize("lies", [0.0, 0.05])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.2, 0.5])
def test_more_than_the_bound_is_served_wrongly_no_more_often_than_its_doubt(share: float, lies: float) -> None:
    chance = Random(5)
    assert sum(exceeded(chance, share, lies) for _ in range(RUNS)) <= DOUBT * RUNS + 2 * (DOUBT * RUNS) ** 0.5


def test_with_the_least_share_a_hit_that_is_caught_can_be_paid() -> None:
    unaudited = Unaudited()
    for _ in range(3):
        share = unaudited.share(ALLOWED)
        assert unaudited.most(ALLOWED) < ALLOWED
        unaudited.hear(True, share)
        assert unaudited.most(ALLOWED) <= ALLOWED + 1e-9


def test_hits_that_are_all_audited_cost_nothing_and_one_audited_seldom_costs_at_most_its_chance() -> None:
    unaudited = Unaudited()
    before = unaudited.most(ALLOWED)
    unaudited.weigh(1.0, 1.0)
    unaudited.hear(True, 1.0)
    assert unaudited.most(ALLOWED) == before
    unaudited.weigh(0.01, 0.02)
    assert before < unaudited.most(ALLOWED) < before + 0.01 * 1.1


def test_where_nothing_is_left_all_is_audited() -> None:
    unaudited = Unaudited()
    while unaudited.share(ALLOWED) < 1.0:
        unaudited.hear(True, 0.1)
    assert unaudited.most(ALLOWED) >= ALLOWED


def test_evidence_for_other_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match=f"not {len(SIZES)}"):
        Unaudited([0.0])


def test_no_more_than_is_spare_may_be_added_by_the_next_hit_that_is_caught() -> None:
    unaudited = Unaudited()
    before = unaudited.most(ALLOWED)
    share = unaudited.share(ALLOWED, 2.0)
    assert share > unaudited.share(ALLOWED)
    unaudited.hear(True, share)
    assert unaudited.most(ALLOWED) == pytest.approx(before + 2.0)
    assert unaudited.share(ALLOWED, 0.0) == 1.0


def test_what_was_allowed_and_never_used_is_spare_only_as_far_as_half_a_run_bears() -> None:
    promise, used = Promise(0.01, spent=30.0, certified=True, weighed=5000), 0.0
    for _ in range(5000):
        promise.arrive()
    before = promise.unaudited.most(promise.allowed)
    assert promise.spare == pytest.approx(0.25 * 25.0 + 2.0 * 25.0**0.5)
    while (share := promise.audited_share(1.0)) < 1.0 and used < 100.0:
        promise.audited(True, share)
        used = promise.unaudited.most(promise.allowed) - before
    assert used == pytest.approx(0.25 * 25.0 + 2.0 * 25.0**0.5)
    assert before + used < promise.allowed


@pytest.mark.parametrize("allowed", [1.0, 7.0, 42.0])
def test_of_as_many_wrong_hits_as_are_allowed_one_is_caught_four_times_in_five_whatever_is_believed(
    allowed: float,
) -> None:
    assert (1.0 - first_caught(allowed)) ** allowed == pytest.approx(UNSEEN)


def test_a_sure_hit_that_was_wrong_shakes_what_is_believed_until_others_were_right() -> None:
    surprise = Surprise()
    assert surprise.believed(0.004) == 0.004
    surprise.hear(wrong=True, worst=0.004)
    assert surprise.believed(0.004) > 0.03
    for _ in range(100):
        surprise.hear(wrong=False, worst=0.004)
    assert surprise.believed(0.004) == 0.004
    surprise.hear(wrong=True, worst=0.5)
    assert surprise.believed(0.004) < 0.005, "one that was doubtful anyway surprises little"


def test_few_audits_that_were_unlucky_do_not_send_back_to_shadow_and_many_do() -> None:
    promise = Promise(0.01, requests=5000, spent=30.0, certified=True)
    while promise.unaudited.share(promise.allowed) < 1.0:
        promise.audited(True, 0.05)
    assert promise.caught > 2.0 * promise.spent
    assert promise.certified
    for _ in range(20):
        promise.audited(True, 0.5)
    assert not promise.certified
