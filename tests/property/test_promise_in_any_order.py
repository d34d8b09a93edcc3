"""What is promised of wrong serves, where the chances reckoned with are not the true ones, in orders made to hurt."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import pytest

from pantler.matchers.verified import Verified
from pantler.matching.promise import START_PER_HIT, Promise
from pantler.matching.values import Near
from pantler.matching.wording import read
from pantler.simulator.rehearsal.run import Tally

COUNT = 5000  # of twice as many, `sudden` has 107 wrong where 100 are promised per request, in one of eight seeds
SEEDS = range(2)
QUESTION = read("how tall is the tower of oslo")
KINDS = 50  # stored texts that ask what no other does

Asked = tuple[float, bool]  # the chance of an error as it is reckoned, and whether there is one
Promised = tuple[float, float | None]  # errors per request, and per hit
World = Callable[[Random], Iterator[Asked]]


def weighed(chance: Random, truer: Callable[[float, int], float]) -> Iterator[Asked]:
    """Half of what is asked has nothing near; of the rest, `truer` says the chance of an error indeed."""
    for number in range(COUNT):
        if chance.random() < 0.5:
            yield 0.9, chance.random() < 0.9
        else:
            reckoned = 0.5 * chance.random() ** 4 + 1e-4
            yield reckoned, chance.random() < truer(reckoned, number)


def as_reckoned(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: wrong)


def thrice_as_reckoned(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: 3.0 * wrong)


def drift(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: wrong * 8.0 * number / COUNT)


def burst(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: wrong * (8.0 if number // 200 % 4 == 3 else 0.3))


def adversarial(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: 0.0 if number < 3000 else 0.03 + 6.0 * wrong)


def sudden(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: 0.08 if number > COUNT // 2 else 0.0)


def all_wrong_at_last(chance: Random) -> Iterator[Asked]:
    return weighed(chance, lambda wrong, number: float(number > 3500))


WORLDS = (as_reckoned, thrice_as_reckoned, drift, burst, adversarial, sudden)


@cache
def served(world: World, promised: Promised, seed: int, judge_error: float = 0.0) -> Tally:
    chance, tally = Random(seed), Tally(COUNT)
    matcher = Verified(Promise(*promised), judge_error=judge_error, seed=seed)
    for place, (reckoned, wrong) in enumerate(world(chance)):
        matcher.belief.wrong = lambda row, key, reckoned=reckoned: reckoned  # type: ignore[misc]
        finding = matcher.match(QUESTION, [Near(place % KINDS, 0.9, QUESTION)])
        if finding.serve:
            tally.serve(place, wrong)
        else:
            matcher.learn(finding, wrong == (chance.random() < judge_error), KINDS + place)
    return tally


def broken(world: World, promised: Promised, judge_error: float = 0.0) -> list[tuple[int, int]]:
    tallies = [served(world, promised, seed, judge_error) for seed in SEEDS]
    return [(len(tally.hits), len(tally.wrong)) for tally in tallies if tally.breaks(Promise(*promised))]


@pytest.mark.promise("C6")
@pytest.mark.parametrize("per_request", [0.01, 0.05])
@pytest.mark.parametrize("world", WORLDS)
def test_wrong_serves_stay_within_what_is_promised_per_request(world: World, per_request: float) -> None:
    assert broken(world, (per_request, None)) == []


@pytest.mark.promise("C6")
@pytest.mark.parametrize("world", WORLDS)
def test_wrong_serves_stay_within_what_is_promised_per_hit_but_for_those_allowed_beforehand(world: World) -> None:
    tallies = [served(world, (0.05, 0.05), seed) for seed in SEEDS]
    assert all(len(tally.wrong) <= 0.05 * len(tally.hits) + START_PER_HIT for tally in tallies)


@pytest.mark.parametrize("world", WORLDS)
def test_a_judge_who_errs_changes_nothing_of_that(world: World) -> None:
    assert broken(world, (0.05, None), judge_error=0.05) == []


def test_where_all_that_was_sure_turns_wrong_at_once_neither_the_run_nor_its_half_has_more_than_promised() -> None:
    assert broken(all_wrong_at_last, (0.02, None)) == []


@pytest.mark.parametrize("per_request", [0.01, 0.05])
@pytest.mark.parametrize("world", WORLDS)
def test_in_every_world_enough_is_served_for_a_promise_to_be_broken(world: World, per_request: float) -> None:
    tallies = [served(world, (per_request, None), seed) for seed in SEEDS]
    assert all(len(tally.hits) >= 80 and len(tally.wrong) >= 5 for tally in tallies)


@pytest.mark.parametrize("world", [as_reckoned, adversarial, sudden])
def test_under_errors_per_hit_enough_is_served_before_sure_hits_turn_wrong_for_a_promise_to_be_broken(
    world: World,
) -> None:
    assert all(len(served(world, (0.05, 0.05), seed).hits) >= 40 for seed in SEEDS)


def test_what_errs_as_reckoned_is_served() -> None:
    assert all(len(served(as_reckoned, (0.02, None), seed).hits) > 0.05 * COUNT for seed in SEEDS)
