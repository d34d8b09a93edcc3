"""The exact order in which queues give up their items, by hand-made cases."""

import random
import sys
from functools import partial
from threading import Barrier, Thread

import pytest

from pantler.build import policy
from pantler.core.cache import Cache
from pantler.core.item import Item
from pantler.core.queueing import PENDING, Queueing


def apart(key: str) -> int:
    """A letter's digest, the same in each process: under Python's own some letters would share their counters."""
    return ord(key) * 0x9E3779B97F4A7C15 % 2**64


def served(name: str, capacity: int, requests: str, sizes: dict[str, int] | None = None) -> tuple[str, str, Cache]:
    """Which of the requests, a letter each, hit (as a string), and who was evicted in order."""
    cache = Cache(policy(name, hashed=apart), capacity)
    hits = evicted = ""
    for key in requests:
        if cache.look(key) is not None:
            hits += "h"
            continue
        hits += "-"
        cache.arrive(key)
        verdict = cache.put(Item(key, cost=1.0, size=(sizes or {}).get(key, 1)))
        evicted += "".join(str(item.key) for item in verdict.evicted)
    return hits, evicted, cache


def test_sieve_spares_once_whatever_was_visited_since_the_hand_passed() -> None:
    assert served("sieve", 3, "abcabd")[1] == "c"  # a and b lose their marks
    assert served("sieve", 3, "abcabde")[1] == "ca"  # the hand came to the newest, and begins again at the oldest
    assert served("sieve", 3, "abcadbef")[1] == "bcdb"  # b leaves the hand at c, and so on to the newer; a is spared


def test_the_hand_of_sieve_goes_round_to_the_oldest_again() -> None:
    assert served("sieve", 3, "abcabcde")[1] == "ab"  # all visited: round once, then a; the hand stays at b


def test_sieve_moves_nothing_when_it_hits() -> None:
    assert served("sieve", 2, "abac")[1] == "b"
    assert served("sieve", 2, "abbc")[1] == "a"


def test_sieve_evicts_until_a_large_newcomer_fits() -> None:
    assert served("sieve", 4, "abcdbx", {"x": 3})[1] == "acd"


def test_s3_fifo_promotes_what_was_hit_twice_in_the_small_queue_and_not_what_was_hit_once() -> None:
    assert served("s3_fifo", 4, "aabcde")[1] == "a"
    assert served("s3_fifo", 4, "aaabcde")[1] == "b"


def test_a_key_that_s3_fifo_remembers_enters_the_main_queue() -> None:
    requests = "abcdefghijk"  # capacity 10: a goes to the ghosts when k comes
    assert served("s3_fifo", 10, requests)[1] == "a"
    hits, evicted, _ = served("s3_fifo", 10, requests + "a" + "lmnopqrst" + "a")
    assert evicted == "abcdefghijk"  # the small queue alone; a stays in main
    assert hits.endswith("h")


def test_s3_fifo_forgets_marks_on_promotion_and_requeues_in_main_for_one_hit_less() -> None:
    hits, evicted, _ = served("s3_fifo", 2, "aaab" + "c" + "d")
    assert evicted == "bc"  # a was promoted, its hits forgotten; the small queue is at a tenth or more
    assert hits == "-hh---"


def test_s3_fifo_remembers_at_most_as_many_keys_as_main_may_hold() -> None:
    cache = Cache(policy("s3_fifo", hashed=int), 100)
    for key in range(5000):
        cache.arrive(key)
        cache.put(Item(key, cost=1.0, size=1))
    queueing = cache.policy
    assert isinstance(queueing, Queueing)
    assert 80 <= queueing.ghosts <= 90
    assert queueing.slots <= 200


def test_w_tiny_lfu_keeps_what_came_often_through_a_flood_of_keys_that_come_once() -> None:
    cache = Cache(policy("w_tiny_lfu", hashed=int), 100)
    chance = random.Random(5)
    hits = 0
    for number in range(20_000):
        key = chance.randrange(50) if number % 2 else 1000 + number
        if cache.look(key) is None:
            cache.arrive(key)
            cache.put(Item(key, cost=1.0, size=1))
        else:
            hits += 1
    assert hits > 0.97 * 10_000


def test_w_tiny_lfu_admits_only_a_key_that_came_more_often_than_its_rival() -> None:
    hits, evicted, _ = served("w_tiny_lfu", 2, "aabbc")
    assert (hits, evicted) == ("-h-h-", "")  # c is refused: it came once
    assert served("w_tiny_lfu", 2, "aabbcccc")[0] == "-h-h---h"  # at its third arrival it beats a


@pytest.mark.parametrize("name", ["sieve", "s3_fifo", "w_tiny_lfu"])
def test_memory_follows_what_the_cache_holds_and_not_what_passes(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 50)
    for key in range(10_000):
        cache.arrive(key)
        cache.put(Item(key, cost=1.0, size=1))
        if key % 3 == 0:
            cache.drop(key)
    queueing = cache.policy
    assert isinstance(queueing, Queueing)
    assert queueing.slots <= 110


@pytest.mark.parametrize("name", ["sieve", "s3_fifo", "w_tiny_lfu"])
def test_touches_wait_in_bounded_number(name: str) -> None:
    cache = Cache(policy(name, hashed=int), 10)
    cache.put(Item(1, cost=1.0, size=1))
    queueing = cache.policy
    assert isinstance(queueing, Queueing)
    for _ in range(3 * PENDING):
        cache.look(1)
        assert queueing.pending <= PENDING


@pytest.mark.parametrize("name", ["sieve", "s3_fifo", "w_tiny_lfu"])
def test_threads_that_hit_while_one_fills_leave_the_queues_whole(
    name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-5)
    monkeypatch.setattr("pantler.core.queueing.PENDING", 8)
    cache = Cache(policy(name, hashed=int), 64)
    begun = Barrier(3)

    def hit(seed: int) -> None:
        chance = random.Random(seed)
        begun.wait()
        for _ in range(5000):
            cache.look(chance.randrange(100))

    threads = [Thread(target=hit, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    chance = random.Random(2)
    begun.wait()
    while any(thread.is_alive() for thread in threads):
        key = chance.randrange(100)
        if key not in cache:
            cache.arrive(key)
            cache.put(Item(key, cost=1.0, size=1 + key % 3))
        elif key % 7 == 0:
            cache.drop(key)
        assert cache.used == sum(1 + key % 3 for key in list(cache)) <= 64  # type: ignore[operator]
    for thread in threads:
        thread.join()
    for key in list(cache):
        cache.drop(key)
    assert cache.used == 0
