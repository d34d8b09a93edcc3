"""The policy that chooses among policies."""

import random

from pantler.build import policy
from pantler.core.cache import Cache
from pantler.core.item import Item


def run(cache: Cache, keys: list[int]) -> None:
    for key in keys:
        if cache.look(key) is None:
            cache.arrive(key)
            cache.put(Item(key, cost=1.0, size=1))


def current(cache: Cache) -> str:
    return type(cache.policy.score).__name__  # type: ignore[attr-defined]


def test_it_begins_with_its_first_candidate() -> None:
    assert current(Cache(policy("auto", hashed=int), 10)) == "GDSFRemembered"


def test_independent_draws_bring_in_least_expected_cost() -> None:
    chance = random.Random(5)
    keys = list(range(3000))
    weights = [(key + 1) ** -0.9 for key in keys]
    cache = Cache(policy("auto", hashed=int), 60)
    run(cache, chance.choices(keys, weights, k=30000))
    assert current(cache) in {"LECOpen", "LECDecayed"}
    assert cache.used == len(cache) == 60


def test_costs_of_nothing_and_room_for_one_do_no_harm() -> None:
    cache = Cache(policy("auto", hashed=int), 1)
    for key in [1, 1, 2, 3, 2, 2] * 200:
        if cache.look(key) is None:
            cache.arrive(key)
            cache.put(Item(key, cost=0.0, size=1))
    assert len(cache) == 1


def test_what_is_put_without_being_asked_for_is_sampled_too() -> None:
    cache = Cache(policy("auto", hashed=int), 5000)
    for key in range(5000):
        cache.put(Item(key, cost=1.0, size=1))
    contest = cache.policy._contest  # type: ignore[attr-defined]
    assert contest.rate < 0.5
    assert len(contest.records) < 2500
