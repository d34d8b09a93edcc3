"""What every policy owes the cache, whatever it ranks by."""

import random
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pantler.build import names, policy
from pantler.core.cache import Cache
from pantler.core.item import Item

EVERY = names("policies")


def asked(cache: Cache, key: int, *, cost: float, size: int) -> bool:
    """Serve one request; whether it hit."""
    if cache.look(key) is not None:
        return True
    cache.arrive(key)
    cache.put(Item(key, cost=cost, size=size))
    return False


@pytest.mark.parametrize("name", EVERY)
def test_sizes_add_up_and_stay_within_the_capacity(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 100)
    chance = random.Random(7)
    sizes = {key: chance.randrange(1, 40) for key in range(60)}
    for _ in range(5000):
        key = min(chance.randrange(60), chance.randrange(60))
        was_resident = key in cache
        assert asked(cache, key, cost=float(key % 7), size=sizes[key]) == was_resident
        assert cache.used == sum(sizes[resident] for resident in cache) <= 100  # type: ignore[index]


@pytest.mark.parametrize("name", EVERY)
def test_an_item_larger_than_the_cache_is_refused_and_evicts_nobody(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 10)
    for key in range(5):
        cache.put(Item(key, cost=1.0, size=2))
    verdict = cache.put(Item(9, cost=1e9, size=11))
    assert not verdict.admitted
    assert sorted(cache) == [0, 1, 2, 3, 4]  # type: ignore[type-var]


@pytest.mark.parametrize("name", EVERY)
def test_what_is_evicted_is_what_left(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 10)
    for key in range(40):
        before = set(cache)
        cache.arrive(key)
        verdict = cache.put(Item(key, cost=float(1 + key % 5), size=1 + key % 4))
        left = before - set(cache)
        assert {item.key for item in verdict.evicted} == left
        assert verdict.admitted == (key in cache)


@pytest.mark.parametrize("name", EVERY)
def test_the_same_requests_give_the_same_hits(name: str) -> None:
    runs = []
    for _ in range(2):
        cache = Cache(policy(name, hashed=int), 50)
        chance = random.Random(3)
        runs.append([asked(cache, int(chance.paretovariate(0.7)), cost=1.0, size=1) for _ in range(3000)])
    assert runs[0] == runs[1]
    assert any(runs[0])


@pytest.mark.parametrize("name", EVERY)
def test_an_expired_item_is_gone_when_it_is_next_asked_for(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 10)
    cache.put(Item(1, cost=1.0, size=1, expires=5.0))
    assert cache.look(1, 4.9) is not None
    assert cache.look(1, 5.0) is None
    assert cache.used == 0


@pytest.mark.parametrize(
    "leave", [Cache.drop, lambda cache, key: cache.put(Item(key, cost=1.0, size=2))], ids=["drop", "replace"]
)
@pytest.mark.parametrize("name", EVERY)
def test_a_hit_that_comes_too_late_from_another_thread_changes_nothing(
    name: str, leave: Callable[[Cache, int], object]
) -> None:
    cache = Cache(policy(name, hashed=int), 6)
    for key in range(3):
        cache.put(Item(key, cost=1.0, size=2))
    found = cache.peek(0)
    assert found is not None
    leave(cache, 0)
    cache.policy.touch(found, 50)
    for key in range(10, 30):
        verdict = cache.put(Item(key, cost=float(key), size=2))
        assert found not in verdict.evicted
        assert cache.used == 2 * len(cache) <= 6


class AgainstADict(RuleBasedStateMachine):
    """Random puts, looks, drops, changes of value and time, against a plain dictionary."""

    name = "lru"

    def __init__(self) -> None:
        super().__init__()
        self.cache = Cache(policy(self.name, hashed=int), 12)
        self.model: dict[int, tuple[int, float]] = {}
        self.now = 0.0

    @rule(key=st.integers(0, 9), cost=st.integers(0, 5), size=st.integers(1, 14), lives=st.sampled_from([3.0, 1e9]))
    def put(self, key: int, cost: int, size: int, lives: float) -> None:
        self._expire()
        verdict = self.cache.put(Item(key, cost=cost, size=size, payload=key, expires=self.now + lives), self.now)
        self.model.pop(key, None)
        for item in verdict.evicted:
            del self.model[item.key]  # type: ignore[arg-type]
        if verdict.admitted:
            self.model[key] = (size, self.now + lives)
        assert size <= 12 or not verdict.admitted

    @rule(key=st.integers(0, 9))
    def look(self, key: int) -> None:
        item = self.cache.look(key, self.now)
        alive = key in self.model and self.model[key][1] > self.now
        assert (item is not None) == alive
        if item is None:
            self.model.pop(key, None)
            self.cache.arrive(key)
        else:
            assert item.payload == key

    @rule(key=st.integers(0, 9))
    def drop(self, key: int) -> None:
        assert self.cache.drop(key) == (key in self.model)
        self.model.pop(key, None)

    @rule(key=st.integers(0, 9), cost=st.integers(0, 5))
    def revalue(self, key: int, cost: int) -> None:
        if key in self.model:
            self.cache.revalue(key, float(cost))

    @rule(passed=st.floats(0.1, 4.0))
    def wait(self, passed: float) -> None:
        self.now += passed

    def _expire(self) -> None:
        self.model = {key: kept for key, kept in self.model.items() if kept[1] > self.now}

    @invariant()
    def same_keys_and_bytes(self) -> None:
        assert set(self.cache) == set(self.model)
        assert self.cache.used == sum(size for size, _ in self.model.values()) <= 12


for _name in EVERY:
    _machine = type(f"AgainstADict_{_name}", (AgainstADict,), {"name": _name})
    _machine.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
    globals()[f"Test_{_name}"] = _machine.TestCase
del _machine, _name
