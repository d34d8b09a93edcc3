"""What every policy knows outlives the process: after a restart the same requests hit."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from pantler.build import names, policy
from pantler.core.asks import Entry
from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.restoring import restore
from pantler.core.snapshot import snapshot
from pantler.core.types import Key, Miss, Outcome, Query
from pantler.estimators.mean import Mean
from pantler.multiplexers.single import Single

CAPACITY = 200_000
FORGETFUL = {"s3_fifo", "sieve", "w_tiny_lfu"}  # queues, which go on from the order of last touches


def engine(name: str, capacity: int = CAPACITY) -> Engine:
    return Engine(Cache(policy(name), capacity), Single(Beliefs({"small": Mean()})))


def entry_of(key: Key) -> Entry:
    return Entry(bytes(key % 700), "small", "blue", "smart", 1.0)


def run(engine: Engine, stored: dict[Key, Entry], requests: list[Key]) -> list[bool]:
    """Serve the requests, the store following; which of them hit."""
    hits = []
    for key in requests:
        looked = engine.look(Query(key, entry_of(key).size_bytes, route="smart"))
        hits.append(not isinstance(looked, Miss))
        if isinstance(looked, Miss):
            size = entry_of(key).size_bytes
            verdict = engine.learn(Outcome(looked.query, "small", float(1 + key % 50), size_bytes=size))
            for victim in verdict.evicted:
                del stored[victim.key]  # type: ignore[arg-type]
            if verdict.admitted:
                stored[key] = entry_of(key)
    return hits


def requests(count: int, seed: int) -> list[Key]:
    chance = random.Random(seed)
    return [int(chance.paretovariate(0.6)) * 2**61 % 2**128 for _ in range(count)]


@pytest.mark.parametrize("name", [name for name in names("policies") if name not in FORGETFUL])
def test_the_next_requests_hit_as_they_would_have_without_the_restart(name: str) -> None:
    stored: dict[Key, Entry] = {}
    live = engine(name)
    run(live, stored, requests(20_000, seed=1))
    anew = engine(name)
    restored = restore(anew, b"".join(snapshot(live)), stored.items())
    assert (restored.ranked, restored.anew, restored.dropped, restored.ignored) == (len(stored), 0, (), "")
    later = requests(10_000, seed=2)
    hits = run(live, dict(stored), later)
    assert run(anew, dict(stored), later) == hits
    assert 0.1 < sum(hits) / len(hits) < 0.99


@pytest.mark.parametrize("name", names("policies"))
def test_without_a_snapshot_the_entries_start_anew(name: str) -> None:
    stored: dict[Key, Entry] = {}
    run(engine(name), stored, requests(5_000, seed=1))
    anew = engine(name)
    restored = restore(anew, None, stored.items())
    assert restored.ignored == "there is none"
    assert set(anew.cache) == set(stored) - set(restored.dropped)
    assert anew.cache.used == sum(stored[key].size_bytes for key in anew.cache) <= CAPACITY  # type: ignore[index]


@pytest.mark.parametrize("name", names("policies"))
def test_a_smaller_cache_keeps_what_fits_and_names_the_rest(name: str) -> None:
    stored: dict[Key, Entry] = {}
    live = engine(name)
    run(live, stored, requests(5_000, seed=1))
    small = engine(name, CAPACITY // 4)
    restored = restore(small, b"".join(snapshot(live)), stored.items())
    assert set(small.cache) == set(stored) - set(restored.dropped)
    assert small.cache.used <= CAPACITY // 4
    run(small, stored, requests(2_000, seed=3))


@pytest.mark.parametrize("name", names("policies"))
def test_items_that_the_store_has_lost_are_left_out_and_entries_that_came_later_are_taken_in(name: str) -> None:
    stored: dict[Key, Entry] = {}
    live = engine(name)
    run(live, stored, requests(5_000, seed=1))
    kept = b"".join(snapshot(live))
    lost = sorted(stored)[::7]
    for key in lost:
        del stored[key]
    stored[12345] = entry_of(12345)
    anew = engine(name)
    restored = restore(anew, kept, stored.items())
    assert restored.ranked > 0
    assert set(anew.cache) == set(stored) - set(restored.dropped)
    assert not set(lost) & set(anew.cache)
    run(anew, stored, requests(2_000, seed=3))


class Interrupted(Single):
    """Lets requests come in the middle of a snapshot, as they do beside the thread that takes it."""

    def __init__(self, come: Callable[[], object]) -> None:
        super().__init__(Beliefs({"small": Mean()}))
        self._come = come

    def snapshot(self) -> Any:
        self._come()
        return super().snapshot()


@pytest.mark.parametrize("name", names("policies"))
def test_requests_that_come_while_it_is_taken_do_not_spoil_a_snapshot(name: str) -> None:
    stored: dict[Key, Entry] = {}
    multiplexer = Interrupted(lambda: run(live, stored, requests(2_000, seed=2)))
    live = Engine(Cache(policy(name), CAPACITY), multiplexer)
    run(live, stored, requests(5_000, seed=1))
    kept = b"".join(snapshot(live))
    anew = Engine(Cache(policy(name), CAPACITY), Interrupted(lambda: None))
    restored = restore(anew, kept, stored.items())
    assert restored.ignored == ""
    assert set(anew.cache) == set(stored) - set(restored.dropped)
    run(anew, stored, requests(2_000, seed=3))
