"""The exact order of eviction, by hand-made cases."""

from random import Random

import pytest

from pantler.build import policy
from pantler.core.cache import Cache
from pantler.core.decay import arrive_decayed
from pantler.core.item import Item
from pantler.core.sketch import CountSketch, NibbleSketch, counts_place, halves


def cache_of(name: str, capacity: int, items: list[tuple[int, float, int]]) -> Cache:
    """A cache with (key, cost, size) put in order."""
    cache = Cache(policy(name, hashed=int), capacity)
    for key, cost, size in items:
        cache.arrive(key)
        cache.put(Item(key, cost=cost, size=size))
    return cache


def digests(number: int) -> list[int]:
    """So many, of the bits that a sketch reads."""
    draws = Random(1)
    return [draws.getrandbits(62) for _ in range(number)]


def put(cache: Cache, key: int, cost: float, size: int) -> list[int]:
    """Offer an item; who left, in order."""
    cache.arrive(key)
    return [item.key for item in cache.put(Item(key, cost=cost, size=size)).evicted]  # type: ignore[misc]


def test_the_least_worth_go_first_until_there_is_room() -> None:
    cache = cache_of("gds", 6, [(1, 9.0, 3), (2, 2.0, 1), (3, 4.0, 2)])  # H = 3, 2, 2
    assert put(cache, 4, 1.0, 3) == [2, 3]


def test_among_equals_the_longest_untouched_goes_first() -> None:
    cache = cache_of("lfu", 3, [(1, 1.0, 1), (2, 1.0, 1), (3, 1.0, 1)])
    for key in (3, 1, 2):
        cache.look(key)
    assert put(cache, 4, 1.0, 1) == [3]


def test_a_newcomer_to_lec_loses_ties_and_evicts_nobody() -> None:
    cache = cache_of("lec", 2, [(1, 5.0, 1), (2, 5.0, 1)])
    assert put(cache, 3, 5.0, 1) == []
    assert sorted(cache) == [1, 2]  # type: ignore[type-var]
    assert put(cache, 3, 5.0, 1) == [1]  # its second arrival: 2 x 5


def test_lec_refuses_when_any_one_of_several_victims_is_worth_as_much() -> None:
    cache = cache_of("lec", 2, [(1, 1.0, 1), (2, 9.0, 1)])
    assert put(cache, 3, 8.0, 2) == []  # H = 4: above 1, not above 9
    assert sorted(cache) == [1, 2]  # type: ignore[type-var]
    assert put(cache, 4, 4.0, 1) == [1]


def test_the_clock_of_gdsf_is_the_largest_evicted_worth_and_lifts_newcomers() -> None:
    cache = cache_of("gdsf", 2, [(1, 4.0, 1), (2, 5.0, 1)])
    assert put(cache, 3, 3.0, 1) == [1]  # A = 4, so 3 ranks at 7
    assert put(cache, 4, 1.0, 1) == [2]  # 5 < 7; A = 5
    assert put(cache, 5, 1.0, 1) == [4]  # 5 + 1 < 7


def test_gdsf_forgets_counts_on_eviction_which_gdsf_remembered_keeps() -> None:
    kept = {}
    for name in ("gdsf", "gdsf_remembered"):
        cache = cache_of(name, 1, [(1, 1.0, 1)])
        for _ in range(4):
            cache.look(1)
        put(cache, 2, 1.0, 1)
        put(cache, 1, 1.0, 1)
        item = cache.peek(1)
        assert item is not None
        kept[name] = item.frequency
    assert kept == {"gdsf": 1, "gdsf_remembered": 6}


def test_an_item_whose_value_fell_goes_at_its_new_rank() -> None:
    cache = cache_of("gds", 2, [(1, 9.0, 1), (2, 5.0, 1)])
    cache.revalue(1, 1.0)
    assert put(cache, 3, 1.0, 1) == [1]


def test_an_item_whose_value_rose_stays() -> None:
    cache = cache_of("gds", 2, [(1, 1.0, 1), (2, 5.0, 1)])
    cache.revalue(1, 8.0)
    assert put(cache, 3, 1.0, 1) == [2]


def test_an_arrival_one_half_life_later_weighs_twice_as_much() -> None:
    assert arrive_decayed(0.0, 1.0) == pytest.approx(1.584962500721156)  # log2(1 + 2)
    assert arrive_decayed(float("-inf"), 3.0) == 3.0


@pytest.mark.parametrize("sketch", [CountSketch(), NibbleSketch()])
def test_a_sketch_never_says_less_than_came_up_to_its_ceiling(sketch: CountSketch | NibbleSketch) -> None:
    for key in range(20):
        for _ in range(key % 3 + 1):
            sketch.add(key)
    assert all(sketch.read(key) >= key % 3 + 1 for key in range(20))


def test_doubling_a_sketch_keeps_what_it_remembers() -> None:
    sketch = CountSketch()
    truth = {key: key % 9 for key in range(30)}
    for key, count in truth.items():
        sketch.write(key, count)
    before = [sketch.read(key) for key in truth]
    sketch.grow(100)
    assert sketch.mask + 1 >= 1600
    assert [sketch.read(key) for key in truth] == before


def test_a_key_has_a_counter_of_each_row_in_two_blocks_of_the_table() -> None:
    for digest in digests(500):
        low, high = halves(digest)
        places = [counts_place(255, low, high, row) for row in range(4)]
        assert [place % 2 for place in places] == [0, 1, 0, 1]
        assert [place // 64 % 2 for place in places] == [0, 0, 1, 1]
        assert [place // 64 for place in places[:3:2]] == [place // 64 for place in places[1::2]]


def test_keys_that_share_a_block_of_a_sketch_are_seldom_taken_for_each_other() -> None:
    sketch = CountSketch()
    sketch.grow(1000)
    truth = {digest: number % 5 + 1 for number, digest in enumerate(digests(8000))}  # half as many as there are places
    for key, count in truth.items():
        sketch.write(key, count)
    assert sum(sketch.read(key) == count for key, count in truth.items()) >= 0.98 * len(truth)


def test_a_nibble_sketch_halves_after_a_width_of_additions() -> None:
    sketch = NibbleSketch()
    sketch.write(5, 12)
    for _ in range(sketch.mask + 1):
        sketch.add(77)
    assert sketch.read(5) == 6
