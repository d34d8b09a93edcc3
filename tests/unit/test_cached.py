"""The decorator that remembers what a function returned."""

import asyncio
import threading

import pytest

import pantler
from pantler.core.errors import CallsItself


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


def test_a_function_may_be_decorated_without_parentheses_and_shows_its_cache() -> None:
    calls: list[int] = []

    @pantler.cached
    def double(number: int) -> int:
        calls.append(number)
        return number * 2

    assert (double(4), double(4), calls) == (8, 8, [4])
    kept: pantler.Cache[object, int] = double.cache
    kept.clear()
    assert (double(4), calls, kept.capacity) == (8, [4, 4], 1024)


def test_a_coroutine_function_may_be_decorated_without_parentheses() -> None:
    @pantler.cached
    async def double(number: int) -> int:
        return number * 2

    assert asyncio.run(double(4)) == 8


def test_a_function_shows_the_cache_that_it_was_given() -> None:
    store = pantler.Cache(policy="lru", capacity=3)
    assert pantler.cached(store)(lambda: 1).cache is store


def test_what_is_neither_a_cache_nor_a_function_is_refused() -> None:
    with pytest.raises(TypeError, match=r"takes a pantler.Cache, not 128; write cached\(Cache\(capacity"):
        pantler.cached(128)  # type: ignore[call-overload]


def test_hits_and_misses_are_those_of_functools() -> None:
    @pantler.cached(pantler.Cache(policy="lru", capacity=2))
    def double(number: int) -> int:
        return number * 2

    for number in (1, 1, 2, 3, 3):
        double(number)
    assert double.cache_info() == (2, 3, 2, 2)
    assert double.cache_info()._asdict() == {"hits": 2, "misses": 3, "maxsize": 2, "currsize": 2}


def test_a_cleared_function_calls_again_and_counts_from_nothing() -> None:
    calls: list[int] = []

    @pantler.cached
    def double(number: int) -> int:
        calls.append(number)
        return number * 2

    double(4)
    double.cache_clear()
    assert double.cache_info() == (0, 0, 1024, 0)
    assert (double(4), calls) == (8, [4, 4])


def test_of_a_shared_cache_a_function_tells_and_clears_its_own_part() -> None:
    store = pantler.Cache[object, object](policy="lru", capacity="1KB", size=lambda _: 7)
    one = pantler.cached(store)(lambda number: number + 1)
    two = pantler.cached(store)(lambda number: number + 2)
    store["mine"] = 3
    one(1), two(1), two(2)
    assert (one.cache_info().currsize, two.cache_info().currsize, store.used) == (7, 14, 28)
    two.cache_clear()
    assert (one.cache_info().currsize, two.cache_info().currsize, store["mine"]) == (7, 0, 3)


def test_a_coroutine_function_tells_and_clears_as_well() -> None:
    @pantler.cached
    async def double(number: int) -> int:
        return number * 2

    async def story() -> None:
        await double(1)
        await double(1)

    asyncio.run(story())
    assert double.cache_info()[:2] == (1, 1)
    double.cache_clear()
    assert double.cache_info() == (0, 0, 1024, 0)


def test_a_method_is_remembered_for_each_instance() -> None:
    class Shop:
        def __init__(self, rate: int) -> None:
            self.rate = rate

        @pantler.cached
        def price(self, number: int) -> int:
            return number * self.rate

    cheap, dear = Shop(1), Shop(9)
    assert (cheap.price(2), dear.price(2), dear.price(2)) == (2, 18, 18)
    assert Shop.price.cache_info()[:2] == (1, 2)


def test_a_call_that_asks_for_its_own_result_is_an_error_and_not_a_wait_without_end() -> None:
    @pantler.cached
    def falls(number: int) -> int:
        return falls(number) + 1 if number else 0

    with pytest.raises(CallsItself, match=r"falls asked for the result .* call its __wrapped__"):
        falls(1)
    assert falls(0) == 0


def test_a_call_that_asks_for_its_own_result_through_another_function_is_an_error_too() -> None:
    @pantler.cached
    def here(number: int) -> int:
        return there(number)

    @pantler.cached
    def there(number: int) -> int:
        return here(number)

    with pytest.raises(CallsItself, match="here asked"):
        here(1)


def test_a_recursion_over_other_arguments_is_remembered_step_by_step() -> None:
    @pantler.cached
    def fibonacci(number: int) -> int:
        return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)

    assert (fibonacci(60), fibonacci.cache_info().misses) == (1548008755920, 61)


def test_a_task_that_waits_for_itself_is_an_error_at_whatever_remove() -> None:
    @pantler.cached
    async def here(number: int) -> int:
        return await (there(number) if number else here(number))

    @pantler.cached
    async def there(number: int) -> int:
        return await here(number)

    for number in (0, 1):
        with pytest.raises(CallsItself, match="here asked"):
            asyncio.run(asyncio.wait_for(here(number), 5))


def test_a_task_that_was_started_by_a_call_may_wait_for_it() -> None:
    started: list[asyncio.Task[int]] = []

    @pantler.cached
    async def double(number: int) -> int:
        if not started:
            started.append(asyncio.create_task(double(number)))
        await asyncio.sleep(0)
        return number * 2

    async def story() -> tuple[int, int]:
        return await double(4), await started[0]

    assert asyncio.run(story()) == (8, 8)


def test_what_is_no_function_can_neither_be_remembered_nor_make_keys() -> None:
    with pytest.raises(TypeError, match="keeps what a function returns, and 5 is none"):
        pantler.cached(pantler.Cache())(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not 5; write key=lambda n: n"):
        pantler.cached(key=5)  # type: ignore[call-overload]
