"""The mapping of Python values."""

import math
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator, MutableMapping

import pytest

import pantler
from pantler.build import names
from pantler.core.errors import CapacityError, ConfigError, UnknownPart

EVERY = names("policies")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the cache believes it is; a test moves them."""
    now = [100.0]
    monkeypatch.setattr("pantler.live.cache.time.monotonic", lambda: now[0])
    return now


def lru(**settings: object) -> pantler.Cache[str, object]:
    return pantler.Cache(policy="lru", **settings)  # type: ignore[arg-type]


def test_it_is_a_mutable_mapping() -> None:
    assert isinstance(lru(), MutableMapping)


def test_what_is_set_is_got() -> None:
    cache = lru()
    cache["a"] = 1
    cache["a"] = 2
    assert (cache["a"], cache.get("a"), len(cache), list(cache)) == (2, 2, 1, ["a"])


def test_what_is_absent_is_a_key_error_or_the_default() -> None:
    cache = lru()
    with pytest.raises(KeyError, match="a"):
        cache["a"]
    assert (cache.get("a"), cache.get("a", 7)) == (None, 7)


def test_none_is_a_value_as_any_other() -> None:
    cache = lru()
    cache["a"] = None
    assert cache.get("a", "absent") is None
    assert "a" in cache
    assert cache.setdefault("a", 3) is None
    assert cache.pop("a", 3) is None
    assert "a" not in cache


def test_what_is_deleted_is_gone_once() -> None:
    cache = lru()
    cache["a"] = 1
    del cache["a"]
    assert (len(cache), cache.used) == (0, 0)
    with pytest.raises(KeyError, match="a"):
        del cache["a"]


def test_pop_takes_the_value_away() -> None:
    cache = lru()
    cache["a"] = 1
    assert (cache.pop("a"), cache.pop("a", 5), cache.pop("a", default=6)) == (1, 5, 6)
    with pytest.raises(KeyError):
        cache.pop("a")


def test_popitem_takes_pairs_until_there_are_none() -> None:
    cache = lru()
    cache.update(a=1, b=2)
    assert {cache.popitem(), cache.popitem()} == {("a", 1), ("b", 2)}
    with pytest.raises(KeyError):
        cache.popitem()


def test_setdefault_keeps_the_first_value() -> None:
    cache = lru()
    assert (cache.setdefault("a", 1), cache.setdefault("a", 2)) == (1, 1)


def test_views_and_equality_are_those_of_a_dict() -> None:
    cache = lru()
    pairs = {"a": 1, "b": 2}
    cache.update(pairs)
    assert cache == pairs
    assert (set(cache.keys()), sorted(cache.values()), dict(cache.items())) == ({"a", "b"}, [1, 2], pairs)  # type: ignore[type-var]


@pytest.mark.parametrize("policy", EVERY)
def test_clear_empties_it(policy: str) -> None:
    cache = pantler.Cache[int, int](policy=policy, capacity=300)
    cache.update({number: number for number in range(300)})
    cache.clear()
    assert (len(cache), cache.used) == (0, 0)


def test_looking_through_items_while_they_are_evicted_shows_what_was_kept_before() -> None:
    cache = lru(capacity=3)
    cache.update(a=1, b=2, c=3)
    seen = {}
    for key, value in cache.items():
        seen[key] = value
        cache[f"new {key}"] = 0
    assert seen == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    "look",
    [lambda cache: "a" in cache, lambda cache: list(cache.items()), lambda cache: cache.peek("a")],
    ids=["in", "items", "peek"],
)
def test_looking_without_asking_does_not_save_a_value_from_eviction(look: Callable[..., object]) -> None:
    cache = lru(capacity=2)
    cache.update(a=1, b=2)
    look(cache)
    cache["c"] = 3
    assert list(cache) == ["b", "c"]


def test_asking_saves_a_value_from_eviction() -> None:
    cache = lru(capacity=2)
    cache.update(a=1, b=2)
    assert cache["a"] == 1
    cache["c"] = 3
    assert list(cache) == ["a", "c"]


def test_an_integer_capacity_counts_values_whatever_their_size() -> None:
    cache = lru(capacity=2)
    cache.update(a="x" * 10_000, b="y", c="z")
    assert (cache.capacity, cache.used, len(cache)) == (2, 2, 2)


@pytest.mark.parametrize(("text", "size"), [("64MB", 64 * 10**6), ("64MiB", 64 * 2**20), ("512B", 512)])
def test_a_capacity_in_bytes_is_a_number_with_its_unit(text: str, size: int) -> None:
    assert lru(capacity=text).capacity == size


def test_bytes_are_those_of_getsizeof_unless_told() -> None:
    cache = lru(capacity="1MB")
    cache["a"] = value = b"x" * 1000
    assert cache.used == sys.getsizeof(value) > 1000


def test_bytes_are_counted_by_the_size_given() -> None:
    cache = pantler.Cache[str, bytes](policy="lru", capacity="1KB", size=len)
    cache["a"] = bytes(600)
    cache["b"] = bytes(600)
    assert (list(cache), cache.used) == (["b"], 600)


def test_a_value_larger_than_the_cache_is_not_kept_and_evicts_nobody() -> None:
    cache = pantler.Cache[str, bytes](policy="lru", capacity="1KB", size=len)
    cache["a"] = bytes(600)
    assert not cache.put("b", bytes(1001))
    assert list(cache) == ["a"]


def test_a_value_of_no_bytes_still_takes_a_place() -> None:
    cache = pantler.Cache[str, bytes](policy="gdsf", capacity="2B", size=len)
    cache.update(a=b"", b=b"", c=b"")
    assert (len(cache), cache.used) == (2, 2)


def test_the_dear_value_stays_where_lru_would_drop_it() -> None:
    cache = pantler.Cache[str, int](policy="gdsf_remembered", capacity=2)
    cache.put("dear", 1, cost=100.0)
    for number in range(5):
        cache.put(f"cheap {number}", number, cost=1.0)
    assert "dear" in cache


def test_the_cost_callable_values_what_is_set() -> None:
    cache = pantler.Cache[str, int](policy="gds", capacity=2, cost=float)
    cache.update(dear=9, cheap=1, new=2)
    assert set(cache) == {"dear", "new"}


def test_a_cost_given_with_the_value_goes_before_the_callable() -> None:
    cache = pantler.Cache[str, int](policy="gds", capacity=2, cost=float)
    cache.put("a", 9, cost=0.5)
    cache.update(b=1, c=2)
    assert set(cache) == {"b", "c"}


def test_put_says_whether_the_value_was_admitted() -> None:
    cache = pantler.Cache[str, int](policy="lec", capacity=1)
    assert cache.put("dear", 1, cost=5.0)
    assert not cache.put("cheap", 2, cost=1.0)


def test_a_value_expires_after_its_time(clock: list[float]) -> None:
    cache = lru(ttl_seconds=5)
    cache["a"] = 1
    clock[0] = 104.9
    assert cache.get("a") == 1
    clock[0] = 105.0
    assert "a" not in cache
    assert cache.get("a") is None


def test_a_lifetime_may_be_given_with_the_value(clock: list[float]) -> None:
    cache = lru()
    cache["lasting"] = 1
    cache.put("short", 2, ttl_seconds=1)
    cache["later"] = 3
    clock[0] += 1e9
    assert dict(cache) == {"lasting": 1, "later": 3}


def test_setting_anew_starts_the_lifetime_anew(clock: list[float]) -> None:
    cache = lru(ttl_seconds=5)
    cache["a"] = 1
    clock[0] += 4
    cache["a"] = 2
    clock[0] += 4
    assert cache["a"] == 2


@pytest.mark.parametrize(
    "count",
    [len, lambda cache: len(list(cache)), lambda cache: len(cache.items()), lambda cache: cache.used],
    ids=["len", "iter", "items", "used"],
)
def test_what_has_expired_is_not_counted(clock: list[float], count: Callable[..., int]) -> None:
    cache = lru()
    cache.put("short", 1, ttl_seconds=1)
    cache["lasting"] = 2
    clock[0] += 2
    assert count(cache) == 1


def test_what_has_expired_makes_room_before_anything_is_evicted(clock: list[float]) -> None:
    cache = lru(capacity=2)
    cache["lasting"] = 1
    cache.put("short", 2, ttl_seconds=1)
    clock[0] += 2
    cache["new"] = 3
    assert set(cache) == {"lasting", "new"}


def test_what_has_left_before_its_time_takes_up_no_memory(clock: list[float]) -> None:
    cache = lru(capacity=100, ttl_seconds=3600)
    for number in range(100):
        cache[number] = number
    tracemalloc.start()
    for number in range(50_000):
        cache[number % 150] = number
        clock[0] += 1e-3
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
    clock[0] += 3600 - 50.5e-3  # the lifetimes of half of them are over
    assert len(cache) == 50
    clock[0] += 1.0
    assert cache.used == 0


def test_it_shows_its_settings_and_its_fill_and_nothing_of_what_it_keeps(clock: list[float]) -> None:
    cache = lru(capacity="1KB", size=lambda _: 7, ttl_seconds=5)
    cache["secret"] = "hush"
    assert repr(cache) == "Cache(policy='lru', capacity='1KB', items=1, used=7)"
    clock[0] += 6
    assert repr(cache) == "Cache(policy='lru', capacity='1KB', items=0, used=0)"


def test_clear_and_popitem_pass_over_what_has_expired(clock: list[float]) -> None:
    cache = lru()
    cache.put("short", 1, ttl_seconds=1)
    cache.update(a=1, b=2)
    clock[0] += 2
    assert cache.popitem() == ("a", 1)
    cache.clear()
    assert len(cache) == 0


def test_an_unknown_policy_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'gdsf'"):
        pantler.Cache(policy="gdfs")


@pytest.mark.parametrize("capacity", ["64 megs", "64", "MB", "-1MB", "", "1e3 KB"])
def test_a_capacity_that_cannot_be_read_names_the_units(capacity: str) -> None:
    with pytest.raises(CapacityError, match=r"cannot be read; write a number with B, KB, MB"):
        lru(capacity=capacity)


@pytest.mark.parametrize("capacity", [1.5, None, True, b"64MB"])
def test_a_capacity_that_is_neither_whole_nor_text_is_refused(capacity: object) -> None:
    with pytest.raises(CapacityError, match="is no number of items; write a whole one, or text as '64MB'"):
        lru(capacity=capacity)


@pytest.mark.parametrize("capacity", [0, -3, "0MB", "0.2B"])
def test_a_capacity_that_holds_nothing_is_refused(capacity: int | str) -> None:
    with pytest.raises(CapacityError, match="holds nothing; give at least one item or byte"):
        lru(capacity=capacity)


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    """Threads that take turns a thousand times as often as usual, so that races show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def together(work: Callable[[int], None], threads: int = 8) -> None:
    """Run work(0), work(1), ... at the same time; raise what any of them raised."""
    start = threading.Barrier(threads)
    faults: list[BaseException] = []

    def run(number: int) -> None:
        start.wait(60)
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 raised again below
            faults.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if faults:
        raise faults[0]


def size_of(value: int) -> int:
    return value % 7 + 1


@pytest.mark.usefixtures("_hasty_threads")
@pytest.mark.parametrize("ttl_seconds", [None, 100.0])
@pytest.mark.parametrize("policy", EVERY)
def test_threads_share_one_cache_without_harm(policy: str, ttl_seconds: float | None, clock: list[float]) -> None:
    cache = pantler.Cache[int, int](
        policy=policy, capacity=60, size=lambda value: value % 7 + 1, ttl_seconds=ttl_seconds
    )

    def work(number: int) -> None:
        for step in range(600):
            clock[0] += 1.0
            key = (number * 7 + step * step) % 120
            value = cache.get(key)
            assert value in (None, key * 2)
            if value is None or step % 5 == 0:
                cache.put(key, key * 2, cost=float(key % 9))
            elif step % 17 == 0:
                cache.pop(key, None)
            assert cache.used <= 60

    together(work)
    assert cache.used == sum(map(size_of, cache.values())) <= 60


@pytest.mark.usefixtures("_hasty_threads")
def test_of_all_threads_that_set_a_default_one_wins() -> None:
    cache = lru(capacity=1000)
    got: list[list[object]] = [[] for _ in range(8)]

    def work(number: int) -> None:
        for key in range(300):
            got[number].append(cache.setdefault(str(key), number))

    together(work)
    assert all(mine == got[0] for mine in got)


@pytest.mark.usefixtures("_hasty_threads")
def test_a_value_is_popped_by_one_thread_alone() -> None:
    cache = lru(capacity=1000)
    cache.update({str(key): key for key in range(300)})
    popped: list[object] = []

    def work(number: int) -> None:
        popped.extend(value for key in range(300) if (value := cache.pop(str(key), None)) is not None)

    together(work)
    assert sorted(popped) == list(range(300))  # type: ignore[type-var]


def test_lru_keeps_what_was_touched_last_however_many_touches_wait() -> None:
    cache = lru(capacity=3)
    cache.update(a=1, b=2, c=3)
    for _ in range(3000):
        assert (cache["b"], cache["a"]) == (2, 1)
    cache["d"] = 4
    assert set(cache) == {"a", "b", "d"}
    cache["e"] = 5
    assert set(cache) == {"a", "d", "e"}


def test_arrivals_of_absent_keys_are_counted_whether_or_not_a_value_is_put() -> None:
    cache = pantler.Cache[str, int](policy="gdsf_remembered", capacity=1)
    for _ in range(200):
        cache.get("asked for often")
    cache.put("asked for often", 1, cost=1.0)
    cache.put("new", 2, cost=1.0)
    cache.get("asked for often")
    assert cache.put("asked for often", 1, cost=1.0)


def test_reads_are_counted_as_hits_and_misses_and_looks_are_not() -> None:
    cache = lru()
    cache["a"] = 1
    for key in ("a", "a", "b"):
        cache.get(key)
    assert "a" in cache
    assert "b" not in cache
    assert (cache.hits, cache.misses) == (2, 1)


def test_sizes_are_what_each_value_takes_of_the_capacity(clock: list[float]) -> None:
    cache = pantler.Cache[str, bytes](policy="lru", capacity="1KB", size=len, ttl_seconds=5)
    cache.put("lasting", bytes(3), ttl_seconds=50)
    cache["short"] = bytes(7)
    assert cache.sizes() == {"lasting": 3, "short": 7}
    clock[0] += 6
    assert cache.sizes() == {"lasting": 3}


@pytest.mark.parametrize("cost", [math.nan, math.inf, -1.0])
def test_a_cost_that_cannot_be_ranked_is_refused_and_nothing_is_lost(cost: float) -> None:
    cache: pantler.Cache[str, int] = pantler.Cache(policy="gdsf", capacity=2)
    cache.put("kept", 1)
    with pytest.raises(ConfigError, match="a value's cost is a number of 0 or more"):
        cache.put("new", 2, cost=cost)
    assert dict(cache) == {"kept": 1}


@pytest.mark.parametrize("name", ["cost", "size"])
def test_a_measure_that_is_no_function_is_refused_when_the_cache_is_made(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}=5: no function of a value"):
        pantler.Cache(**{name: 5})  # type: ignore[arg-type]
