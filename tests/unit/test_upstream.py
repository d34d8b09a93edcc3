import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from random import Random
from typing import Any

import pytest

from pantler.config.values import Limits
from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ProviderError
from pantler.core.item import FOREVER
from pantler.live.breaker import FAILURES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Breaker
from pantler.live.piecewise import pieces
from pantler.live.retries import Retries
from pantler.live.turns import Turns
from pantler.live.upstream import MOST_NAMES, Timing, Upstream
from pantler.providers.scripted import Scripted
from virtual_time import VirtualLoop

ASK = Ask("chat", "m", {"messages": [{"role": "user", "content": "one two"}]})


Story = Callable[["Told"], Coroutine[Any, Any, None]]


class Told:
    """What a story needs: an upstream on virtual time, whose provider counts its calls."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.clock = loop.time
        self.calls = 0

    def upstream(self, limits: Limits | None = None, seed: int = 1, **settings: Any) -> Upstream:
        provider, told = Scripted(Endpoint(name="m"), **settings), self

        class Counting:
            async def whole(self, ask: Ask) -> bytes:
                told.calls += 1
                async with asyncio.timeout(ask.deadline - told.clock()):
                    return await provider.whole(ask)

            async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
                told.calls += 1
                async with aclosing(provider.pieces(ask)) as pieces:
                    async for piece in pieces:
                        yield piece

            async def close(self) -> None:
                pass

        return Upstream("m", Counting(), limits or Limits(), clock=self.clock, chance=Random(seed))


def tell(story: Story) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story(Told(runner.get_loop())))


async def outcome(upstream: Upstream, deadline: float = FOREVER) -> str:
    try:
        await upstream.whole(Ask("chat", "m", ASK.body, deadline), Timing())
    except ProviderError as error:
        return error.kind
    return "answered"


async def streamed(upstream: Upstream, timing: Timing) -> list[bytes]:
    came: list[bytes] = []
    with suppress(ProviderError):
        async with aclosing(pieces(upstream, ASK, timing)) as stream:
            async for piece in stream:
                came.append(piece)  # noqa: PERF401 - those before the failure count
    return came


def test_no_more_calls_are_under_way_than_the_limit_and_the_rest_have_their_turn_in_order() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=2), latency_seconds=1.0)
        ended: list[int] = []

        async def one(number: int) -> None:
            await outcome(upstream)
            ended.append(number)
            assert upstream.turns.in_flight <= 2

        await asyncio.gather(*(one(number) for number in range(6)))
        assert ended == list(range(6))
        assert told.clock() == pytest.approx(3.0)
        assert upstream.turns.in_flight == 0

    tell(story)


def test_a_queue_that_is_full_refuses_at_once() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1, queue=3), latency_seconds=1.0)
        outcomes = await asyncio.gather(*(outcome(upstream) for _ in range(10)))
        assert outcomes == ["answered"] * 4 + ["no_turn"] * 6
        assert told.calls == 4

    tell(story)


def test_who_waits_too_long_in_the_queue_is_refused_and_told_when_to_come_back() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1, queue_seconds=0.5), latency_seconds=9.0)
        first = asyncio.create_task(outcome(upstream))
        await asyncio.sleep(0)
        with pytest.raises(ProviderError, match=r"no turn came within 0\.5 s") as refused:
            await upstream.whole(ASK, Timing())
        assert refused.value.retry_after_seconds == 0.5
        assert await first == "answered"

    tell(story)


def test_the_deadline_ends_the_wait_in_the_queue_too() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1), latency_seconds=9.0)
        first = asyncio.create_task(outcome(upstream))
        await asyncio.sleep(0)
        assert await outcome(upstream, deadline=0.2) == "no_turn"
        assert told.clock() == pytest.approx(0.2)
        await first

    tell(story)


def test_a_turn_that_is_cancelled_in_the_queue_or_under_way_is_given_to_the_next() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1), latency_seconds=1.0)
        tasks = [asyncio.create_task(outcome(upstream)) for _ in range(4)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        tasks[1].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(each) for each in outcomes[2:]] == ["answered", "answered"]
        assert (upstream.turns.in_flight, upstream.turns.queued) == (0, 0)
        assert told.clock() == pytest.approx(2.5)

    tell(story)


@pytest.mark.promise("O3")
@pytest.mark.parametrize("fault", ["500", "503", "refused", "garbage", "cut", "timeout"])
@pytest.mark.parametrize("calls_per_second", [5, 1000])
def test_the_breaker_opens_after_ten_failures_or_two_seconds(fault: str, calls_per_second: int) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=[fault])
        while not upstream.breaker.is_open:
            await outcome(upstream)
            await asyncio.sleep(1 / calls_per_second)
        assert told.calls <= 10
        assert told.calls == 10 or told.clock() <= 2.2

    tell(story)


async def outcome_for(asker: str, upstream: Upstream, body: object = "?") -> str:
    try:
        await upstream.whole(Ask("chat", "m", {"messages": [{"role": "user", "content": body}]}, asker=asker), Timing())
    except ProviderError as error:
        return error.kind
    return "answered"


@pytest.mark.parametrize("fault", ["500", "garbage", "cut", "timeout"])
def test_what_fails_for_one_asker_alone_is_shut_off_for_that_one_alone(fault: str) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=[fault] * FAILURES + ["well"] * 5)
        while told.calls < FAILURES:
            await outcome_for("blue", upstream)
        assert await outcome_for("blue", upstream) == "stopped"
        assert told.calls == FAILURES
        assert not upstream.breaker.is_open
        assert await outcome_for("red", upstream) == "answered"
        assert await outcome_for("blue", upstream) == "answered"

    tell(story)


def test_what_fails_for_a_second_asker_too_is_shut_off_for_all() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["cut"])
        while told.calls < FAILURES:
            await outcome_for("blue", upstream)
        await outcome_for("red", upstream)
        assert upstream.breaker.is_open
        assert [await outcome_for(name, upstream) for name in ("blue", "red", "green")] == ["stopped"] * 3

    tell(story)


@pytest.mark.parametrize("fault", ["503", "refused"])
def test_what_no_ask_brings_about_shuts_an_upstream_off_for_all_at_once(fault: str) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=[fault])
        while told.calls < FAILURES:
            await outcome_for("blue", upstream)
        assert upstream.breaker.is_open
        assert await outcome_for("red", upstream) == "stopped"

    tell(story)


@pytest.mark.parametrize("calls_per_second", [5, 1000])
def test_an_upstream_that_has_no_room_lives_and_its_breaker_stays_closed(calls_per_second: int) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["429"] * 40 + ["well"])
        for _ in range(12):
            assert await outcome(upstream) == "overloaded"
            await asyncio.sleep(1 / calls_per_second)
        assert not upstream.breaker.is_open
        while told.calls < 40:
            await outcome(upstream)
        assert await outcome(upstream) == "answered"

    tell(story)


def test_an_upstream_that_has_no_room_is_asked_again_when_it_said() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream()
        asks: list[float] = []

        async def whole(ask: Ask) -> bytes:
            asks.append(told.clock())
            if len(asks) == 1:
                raise ProviderError("full", kind="overloaded", status=429, may_retry=True, retry_after_seconds=3.0)
            return b"{}"

        upstream.provider.whole = whole  # type: ignore[method-assign]
        assert await outcome(upstream) == "answered"
        assert asks[1] - asks[0] == pytest.approx(3.05, abs=0.05)

    tell(story)


def test_no_room_hides_no_failures_and_closes_a_breaker_that_probes() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["500", "429"] * 10 + ["429"])
        while not upstream.breaker.is_open:
            await outcome(upstream)
        await asyncio.sleep(1.0)
        assert await outcome(upstream) == "overloaded"
        assert not upstream.breaker.is_open

    tell(story)


@pytest.mark.parametrize("fault", ["500", "503", "garbage", "cut", "timeout"])
def test_a_model_that_fails_is_shut_off_by_its_name_and_no_other_with_it(fault: str) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=[fault])
        for _ in range(FAILURES):
            await outcome(upstream.named("broken"))
        assert upstream.named("broken").breaker.is_open
        assert not upstream.breaker.is_open
        before = told.calls
        assert await outcome(upstream.named("broken")) == "stopped"
        assert told.calls == before
        await outcome(upstream.named("other"))
        assert told.calls > before

    tell(story)


def test_an_upstream_that_cannot_be_reached_is_shut_off_whole_and_comes_back_whole() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["refused"] * FAILURES + ["well"] * 9)
        for number in range(FAILURES):
            await outcome(upstream.named(f"m{number}"))
        assert upstream.breaker.is_open
        before = told.calls
        assert await outcome(upstream.named("m0")) == await outcome(upstream.named("new")) == "stopped"
        assert told.calls == before
        await asyncio.sleep(1.0)
        probes = await asyncio.gather(*(outcome(upstream.named(f"m{number}")) for number in range(3)))
        assert sorted(probes) == ["answered", "stopped", "stopped"]
        assert await outcome(upstream.named("m0")) == "answered"

    tell(story)


def test_of_the_names_that_clients_give_so_many_are_remembered() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1))
        first = upstream.named("0")
        assert upstream.named("0") is first
        for number in range(MOST_NAMES):
            assert upstream.named(str(number + 1)).turns is upstream.turns
        assert upstream.named("0") is not first

    tell(story)


def test_what_an_upstream_does_not_do_for_anybody_says_nothing_against_it() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["501"])
        assert {await outcome(upstream) for _ in range(20)} == {"status"}
        assert not upstream.breaker.is_open

    tell(story)


@pytest.mark.promise("O3")
def test_an_open_breaker_lets_one_probe_through_at_a_time_and_closes_once_it_succeeds() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["500"] * 11 + ["well"] * 9, latency_seconds=0.01)
        for _ in range(10):
            await outcome(upstream)
        assert await outcome(upstream) == "stopped"
        await asyncio.sleep(1.0)
        first = await asyncio.gather(*(outcome(upstream) for _ in range(20)))
        assert sorted(first) == ["status"] + ["stopped"] * 19
        await asyncio.sleep(2.0)
        second = await asyncio.gather(*(outcome(upstream) for _ in range(20)))
        assert second.count("answered") == 1
        assert await outcome(upstream) == "answered"
        assert told.calls == 13

    tell(story)


def test_a_probe_that_nobody_waits_for_leaves_room_for_the_next() -> None:
    breaker = Breaker("m", lambda: now[0], Random(1))
    now = [0.0]
    for _ in range(FAILURES):
        breaker.failed(probe=breaker.permit())
    now[0] += FIRST_PAUSE_SECONDS
    assert breaker.permit()
    breaker.undecided(probe=True)
    assert breaker.permit()


def test_a_refusal_of_the_ask_says_nothing_against_the_upstream() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["400", "404", "422"])
        outcomes = [await outcome(upstream) for _ in range(30)]
        assert outcomes == ["status"] * 30
        assert not upstream.breaker.is_open
        assert told.calls == 30

    tell(story)


@pytest.mark.promise("O3")
@pytest.mark.parametrize("concurrent", [1, 64])
@pytest.mark.parametrize("healthy", [0, 500])
def test_an_upstream_that_always_fails_is_called_at_most_a_tenth_more_often_than_asked(
    concurrent: int, healthy: int
) -> None:
    async def story(told: Told) -> None:
        faults = ["well"] * healthy + ["503"] * 10_000
        upstream = told.upstream(faults=faults, latency_seconds=0.01)
        for _ in range(healthy):
            await outcome(upstream)
        before, asked = told.calls, 0
        while asked < 1000:
            await asyncio.gather(*(outcome(upstream) for _ in range(concurrent)))
            asked += concurrent
            await asyncio.sleep(0.05)
        assert told.calls - before <= 1.1 * asked

    tell(story)


def test_a_share_of_failures_is_tried_again_within_a_tenth_of_the_successes() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(error_rate=0.3, latency_seconds=0.01)
        asked, answered = 2000, 0
        for _ in range(asked):
            answered += await outcome(upstream) == "answered"
        retries = told.calls - asked
        assert 0.05 * answered < retries <= 0.1 * answered + 3

    tell(story)


def test_a_few_failures_are_tried_again_before_anything_has_succeeded() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["503", "503", "well", "503"] + ["503"] * 20)
        assert await outcome(upstream) == "answered"
        assert told.calls == 3
        await asyncio.gather(*(outcome(upstream) for _ in range(5)))
        assert told.calls == 3 + 5 + 1, "three retries in all"

    tell(story)


@pytest.mark.promise("F6")
def test_good_times_save_up_ten_retries_and_no_more() -> None:
    retries = Retries(Random(1))
    for _ in range(1000):
        retries.succeeded()
    failure = ProviderError("m takes no connection", kind="refused", may_retry=True)
    pauses = [retries.pause(failure, 1, FOREVER) for _ in range(100)]
    assert sum(pause is not None for pause in pauses) == 10


@pytest.mark.promise("F6")
def test_nothing_is_tried_again_after_the_first_piece_whatever_the_failure_says() -> None:
    class Breaking:
        async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
            yield b"{}"
            raise ProviderError("m broke off", kind="cut", may_retry=True)

    async def story(told: Told) -> None:
        upstream, timing = told.upstream(), Timing()
        upstream.provider = Breaking()  # type: ignore[assignment]  # only streams are asked of it
        assert await streamed(upstream, timing) == [b"{}"]
        assert timing.tries == 1

    tell(story)


def test_a_stream_that_fails_before_its_first_piece_is_tried_again() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["well"] * 50 + ["503", "well"])
        for _ in range(50):
            await outcome(upstream)
        timing = Timing()
        assert len(await streamed(upstream, timing)) == 4
        assert timing.tries == 2

    tell(story)


def test_no_retry_is_begun_that_the_deadline_would_cut_short() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["well"] * 50 + ["503"] * 50)
        for _ in range(50):
            await outcome(upstream)
        begun = told.clock()
        assert await outcome(upstream, deadline=begun + 1e-6) == "overloaded"
        assert told.clock() <= begun + 1e-6

    tell(story)


def test_the_times_of_a_call_are_told_apart() -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(Limits(concurrency=1), latency_seconds=1.0, seconds_per_token=0.5)
        first = asyncio.create_task(outcome(upstream))
        await asyncio.sleep(0)
        timing = Timing()
        await streamed(upstream, timing)
        assert await first == "answered"
        assert timing.queued_seconds == pytest.approx(2.0)
        assert timing.first_byte_seconds == pytest.approx(3.0)
        assert timing.total_seconds == pytest.approx(5.0)

    tell(story)


def test_the_first_byte_of_an_answer_that_comes_whole_is_not_told_where_no_head_is_seen() -> None:
    async def story(told: Told) -> None:
        timing = Timing()
        await told.upstream(Limits(), latency_seconds=1.0).whole(ASK, timing)
        assert (timing.first_byte_seconds, timing.total_seconds) == (None, pytest.approx(1.0))

    tell(story)


class Headed:
    """A provider that sees a head come after a second, and the rest after two more; then it `fails` so many times."""

    fails = 0

    async def whole(self, ask: Ask) -> bytes:
        await asyncio.sleep(1.0)
        assert ask.head_came is not None
        ask.head_came()
        await asyncio.sleep(2.0)
        self.fails -= 1
        if self.fails >= 0:
            raise ProviderError("m is busy", kind="overloaded", status=503, may_retry=True)
        return b"{}"

    def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        raise AssertionError("nobody streams")

    async def close(self) -> None:
        return None


@pytest.mark.parametrize("fails", [0, 1])
def test_the_first_byte_of_an_answer_that_comes_whole_is_the_head_of_the_try_that_brought_it(fails: int) -> None:
    async def story(told: Told) -> None:
        timing = Timing()
        provider = Headed()
        upstream = Upstream("m", provider, Limits(), clock=told.clock, chance=Random(1))
        for _ in range(20):  # of which a tenth may be tried again
            assert await outcome(upstream) == "answered"
        provider.fails = fails
        assert await upstream.whole(ASK, timing) == b"{}"
        assert timing.tries == fails + 1
        assert timing.first_byte_seconds == pytest.approx(timing.total_seconds - 2.0)

    tell(story)


def test_a_turn_that_comes_in_the_moment_in_which_who_waits_for_it_leaves_is_given_to_the_next() -> None:
    async def story(told: Told) -> None:
        turns = Turns("m", Limits(concurrency=1), told.clock)
        assert turns.taken()
        leaving, staying = (asyncio.create_task(turns.wait(FOREVER)) for _ in range(2))
        await asyncio.sleep(0)
        turns.pass_on()
        leaving.cancel()
        async with asyncio.timeout(1.0):
            assert await staying == 0.0
        assert leaving.cancelled()

    tell(story)


@pytest.mark.parametrize(("given_seconds", "opens"), [(0.5, False), (1.5, True)])
def test_who_gave_an_upstream_less_than_a_second_learns_nothing_of_it_by_a_time_out(
    given_seconds: float, opens: bool
) -> None:
    async def story(told: Told) -> None:
        upstream = told.upstream(faults=["timeout"])
        for _ in range(FAILURES):
            assert await outcome(upstream, told.clock() + given_seconds) == "timeout"
        assert upstream.breaker.is_open == opens

    tell(story)


def test_an_upstream_that_asks_to_be_left_alone_for_an_hour_is_probed_after_half_a_minute() -> None:
    breaker = Breaker("m", lambda: now[0], Random(1))
    now = [0.0]
    for _ in range(FAILURES):
        breaker.failed(probe=breaker.permit(), wait_seconds=3600.0)
    now[0] = LONGEST_PAUSE_SECONDS - 1.0
    with pytest.raises(ProviderError, match="not asked again yet"):
        breaker.permit()
    now[0] = LONGEST_PAUSE_SECONDS
    assert breaker.permit()
