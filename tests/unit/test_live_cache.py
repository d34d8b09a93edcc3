"""The mapping and the decorator, between threads and tasks."""

import asyncio
import threading

import pytest

import pantler
from pantler.core.errors import CapacityError, UnknownPart


def test_it_is_a_mapping_that_keeps_none_too() -> None:
    cache = pantler.Cache[str, object](policy="gdsf", capacity=2)
    cache["a"] = None
    assert cache["a"] is None
    assert cache.pop("a") is None
    assert "a" not in cache
    with pytest.raises(KeyError):
        cache["a"]


def test_the_dear_value_stays_where_lru_would_drop_it() -> None:
    cache = pantler.Cache[str, int](policy="gdsf_remembered", capacity=2)
    cache.put("dear", 1, cost=100.0)
    for number in range(5):
        cache.put(f"cheap {number}", number, cost=1.0)
    assert "dear" in cache
    assert len(cache) == cache.used == 2


def test_bytes_are_counted_by_the_size_given() -> None:
    cache = pantler.Cache[str, bytes](policy="lru", capacity="1KB", size=len)
    cache["a"] = bytes(600)
    cache["b"] = bytes(600)
    assert list(cache) == ["b"]
    cache["c"] = bytes(1001)
    assert list(cache) == ["b"]


def test_a_value_expires_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("pantler.live.cache.time.monotonic", lambda: now[0])
    cache = pantler.Cache[str, int](policy="gdsf", ttl_seconds=5)
    cache["a"] = 1
    now[0] = 104.9
    assert cache.get("a") == 1
    now[0] = 105.0
    assert cache.get("a") is None


@pytest.mark.parametrize("policy", ["auto", "gdsf_remembered", "lec", "lru"])
def test_threads_share_one_cache_without_harm(policy: str) -> None:
    cache = pantler.Cache[int, int](policy=policy, capacity=50)
    faults: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for number in range(3000):
                key = (start * 7 + number * number) % 120
                found = cache.get(key)
                if found is None:
                    cache.put(key, key * 2, cost=float(key % 9 + 1))
                elif found != key * 2:
                    raise AssertionError(f"{key} gave {found}")
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert cache.used <= 50


def test_wrong_settings_name_their_remedy() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'gdsf'"):
        pantler.Cache(policy="gdfs")
    with pytest.raises(CapacityError, match="MB"):
        pantler.Cache(capacity="64 megs")


def test_callers_at_the_same_time_make_one_call() -> None:
    calls: list[int] = []
    entered, release = threading.Event(), threading.Event()

    @pantler.cached(pantler.Cache(policy="gdsf", capacity=10))
    def double(number: int) -> int:
        calls.append(number)
        entered.set()
        release.wait(5)
        return number * 2

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(double(4))) for _ in range(6)]
    for thread in threads:
        thread.start()
    entered.wait(5)
    release.set()
    for thread in threads:
        thread.join()
    assert (found, calls) == ([8] * 6, [4])


def test_an_exception_is_raised_and_never_kept() -> None:
    calls: list[int] = []

    @pantler.cached(pantler.Cache(policy="gdsf", capacity=10))
    def fails(number: int) -> int:
        calls.append(number)
        raise ValueError(number)

    for _ in range(2):
        with pytest.raises(ValueError, match="3"):
            fails(3)
    assert calls == [3, 3]


def test_a_leader_that_is_cancelled_does_not_take_the_others_with_it() -> None:
    calls: list[int] = []

    async def story() -> int:
        release = asyncio.Event()

        @pantler.cached(pantler.Cache(policy="gdsf", capacity=10))
        async def double(number: int) -> int:
            calls.append(number)
            await release.wait()
            return number * 2

        leader = asyncio.create_task(double(4))
        await asyncio.sleep(0)
        follower = asyncio.create_task(double(4))
        await asyncio.sleep(0)
        leader.cancel()
        await asyncio.sleep(0)
        release.set()
        return await follower

    assert asyncio.run(story()) == 8
    assert calls == [4]


def test_functions_that_share_a_cache_do_not_share_results() -> None:
    store = pantler.Cache(policy="gdsf", capacity=10)
    one = pantler.cached(store)(lambda number: number + 1)
    two = pantler.cached(store)(lambda number: number + 2)
    assert (one(1), two(1), one(1)) == (2, 3, 2)
