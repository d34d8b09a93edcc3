"""Equal misses at once make one upstream call; what fails or leaves hands over once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from house import Cut, house, settled
from pantler.core.errors import ProviderError
from virtual_time import VirtualLoop

MANY = 1000
STREAMED: dict[str, Callable[[int], bool]] = {
    "all plain": lambda number: False,
    "all streamed": lambda number: True,
    "mixed": lambda number: number % 2 == 0,
}


def failure(status: int | None = None, *, may_retry: bool = False) -> ProviderError:
    kind = "refused" if status is None else "status"
    return ProviderError("m is down", kind=kind, status=status, may_retry=may_retry)


@pytest.mark.promise("C1")
@pytest.mark.parametrize("streamed", STREAMED.values(), ids=STREAMED)
def test_a_thousand_equal_misses_make_one_call(tmp_path: Path, streamed: Callable[[int], bool]) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        clients = [gateway.ask(stream=streamed(number)) for number in range(MANY)]
        await settled()
        gateway.led.gate.set()
        replies = [await client.reply() for client in clients]
        assert gateway.led.calls == 1
        assert Counter(reply.tier for reply in replies) == {"miss": 1, "coalesced": MANY - 1}
        texts = {reply.text if streamed(number) else said(reply) for number, reply in enumerate(replies)}
        assert texts == {"four"}
        assert Counter(gateway.tiers) == {"miss": 1, "coalesced": MANY - 1}
        assert sum(row.spent for row in gateway.rows) == gateway.rows[0].spent > 0

    asyncio.run(test())


def said(reply: Any) -> str:
    return str(reply.json["choices"][0]["message"]["content"])


@pytest.mark.promise("C1")
@pytest.mark.parametrize("streamed", [False, True])
def test_where_the_leader_fails_a_thousand_make_exactly_two_calls(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure()]
        clients = [gateway.ask(stream=streamed) for _ in range(MANY)]
        await settled()
        gateway.led.gate.set()
        replies = [await client.reply() for client in clients]
        assert gateway.led.calls == 2
        assert Counter(reply.status for reply in replies) == {502: 1, 200: MANY - 1}
        assert Counter(reply.tier for reply in replies[1:]) == {"miss": 1, "coalesced": MANY - 2}

    asyncio.run(test())


@pytest.mark.promise("C1")
@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_that_is_tried_again_is_not_handed_over_besides(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        gateway = house(tmp_path, monotonic=asyncio.get_running_loop().time)
        gateway.led.gate.clear()
        gateway.led.failures = [failure(503, may_retry=True) for _ in range(9)]
        clients = [gateway.ask(stream=streamed) for _ in range(MANY)]
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in clients} == {503}
        assert gateway.led.calls == 2

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


@pytest.mark.promise("C1")
def test_where_no_retry_is_left_the_call_that_takes_over_is_the_second_and_last(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, monotonic=asyncio.get_running_loop().time)
        for _ in range(2):  # the reserve of retries
            gateway.led.failures = [failure(503, may_retry=True) for _ in range(3)]
            await gateway.ask("alone?").reply()
        before = gateway.led.calls
        gateway.led.gate.clear()
        gateway.led.failures = [failure(503, may_retry=True) for _ in range(9)]
        clients = [gateway.ask() for _ in range(MANY)]
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in clients} == {503}
        assert gateway.led.calls == before + 2

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


@pytest.mark.promise("C1")
def test_who_joins_a_call_that_has_taken_over_is_not_handed_over_again(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure(), failure()]
        clients = [gateway.ask(), gateway.ask()]
        await settled()
        gateway.led.gate.set()
        await clients[0].reply()
        gateway.led.gate.clear()
        await settled()
        clients.append(gateway.ask())
        await settled()
        gateway.led.gate.set()
        assert [(await client.reply()).status for client in clients] == [502] * 3
        assert gateway.led.calls == 2

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True])
def test_an_error_of_the_call_that_took_over_is_marked_as_its_row_is(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure(), failure()]
        clients = [gateway.ask(stream=streamed) for _ in range(3)]
        await settled()
        gateway.led.gate.set()
        replies = [await client.reply() for client in clients]
        assert [reply.tier for reply in replies] == ["miss", "miss", "coalesced"]
        marked = {reply.headers["x-pantler-decision"]: reply.tier for reply in replies}
        assert marked == {row.decision: row.tier for row in gateway.rows}

    asyncio.run(test())


def test_a_request_that_nobody_else_makes_is_tried_again_as_before(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, monotonic=asyncio.get_running_loop().time)
        gateway.led.failures = [failure(503, may_retry=True) for _ in range(2)]
        assert (await gateway.ask().reply()).status == 200
        assert gateway.led.calls == 3

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def test_where_the_second_call_fails_too_nobody_makes_a_third(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure(), failure()]
        clients = [gateway.ask() for _ in range(MANY)]
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in clients} == {502}
        assert gateway.led.calls == 2

    asyncio.run(test())


def test_a_refusal_of_the_request_itself_is_everybodys_and_is_not_asked_again(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure(400)]
        clients = [gateway.ask() for _ in range(10)]
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in clients} == {400}
        assert gateway.led.calls == 1

    asyncio.run(test())


@pytest.mark.promise("C1")
def test_a_leader_who_leaves_hands_over_without_a_second_call(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        leader, *others = [gateway.ask() for _ in range(10)]
        await settled()
        leader.leave()
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in others} == {200}
        assert (gateway.led.calls, gateway.led.cancelled) == (1, 0)
        assert (await gateway.ask().reply()).tier == "hit"

    asyncio.run(test())


def test_the_call_is_cancelled_once_everybody_has_left(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        clients = [gateway.ask() for _ in range(3)]
        await settled()
        for client in clients:
            client.leave()
        await settled()
        assert (gateway.led.calls, gateway.led.cancelled) == (1, 1)
        assert [row.status for row in gateway.rows] == [499] * 3
        assert [client.sent for client in clients] == [[]] * 3

    asyncio.run(test())


def test_a_successor_that_everybody_has_left_already_is_not_followed(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [failure()]
        loop, asked = gateway.serving.loop, []
        answer = loop.answer
        loop.answer = lambda errand, miss: asked.append((errand, miss)) or answer(errand, miss)  # type: ignore[method-assign,func-returns-value]
        leader = gateway.ask()
        await settled()
        hasty, late = (answer(*asked[0]) for _ in range(2))
        changing = asyncio.create_task(hasty.answer())
        await settled()
        gateway.led.gate.set()
        assert (await leader.reply()).status == 502
        gateway.led.gate.clear()
        while gateway.led.calls < 2:
            await asyncio.sleep(0)
        changing.cancel()
        hasty.leave()
        landing = asyncio.create_task(late.answer())
        await settled()
        gateway.led.gate.set()
        assert (await landing).entry.body
        assert gateway.led.calls == 3
        assert late.leads

    asyncio.run(test())


def test_a_call_that_fails_within_the_stream_is_handed_over_only_by_who_was_given_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        gateway.led.failures = [Cut()]
        streamed = [gateway.ask(stream=True) for _ in range(3)]  # the first one leads
        plain = gateway.ask()
        await settled()
        gateway.led.gate.set()
        replies = [await client.reply() for client in streamed]
        assert ['"error"' in reply.events[-1] for reply in replies] == [True] * 3
        assert len({tuple(reply.events) for reply in replies}) == 1
        assert said(await plain.reply()) == "four"
        assert gateway.led.calls == 2

    asyncio.run(test())


@pytest.mark.promise("C1")
def test_a_follower_keeps_its_own_deadline_while_the_leader_waits_on(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        leader = gateway.ask()
        await settled()
        desk = gateway.serving.answers.desk
        patience, desk._seconds = desk._seconds, 0.0
        hasty = await gateway.ask().reply()
        desk._seconds = patience
        gateway.led.gate.set()
        assert (hasty.status, hasty.json["error"]["code"]) == (504, "deadline_passed")
        assert (await leader.reply()).status == 200

    asyncio.run(test())


def test_the_row_of_a_leader_who_left_says_so_though_the_call_went_on(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        leader, follower = gateway.ask(), gateway.ask()
        await settled()
        leader.leave()
        await settled()
        gateway.led.gate.set()
        await follower.reply()
        told = {row.tier: (row.status, row.spent) for row in gateway.rows}
        assert told == {"miss": (499, 7_000), "coalesced": (200, 0)}

    asyncio.run(test())


@pytest.mark.promise("C1")
def test_requests_that_the_cache_does_not_see_wait_for_nobody(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        clients = [gateway.ask(temperature=1) for _ in range(3)]
        clients += [gateway.ask(headers={"cache-control": "no-store"}) for _ in range(3)]
        fresh = [gateway.ask("3+3?", headers={"cache-control": "no-cache"}) for _ in range(3)]
        await settled()
        assert gateway.led.calls == 9
        gateway.led.gate.set()
        assert {(await client.reply()).tier for client in clients} == {"bypass"}
        assert {(await client.reply()).tier for client in fresh} == {"miss"}
        assert (await gateway.ask().reply()).tier == "miss"

    asyncio.run(test())


@pytest.mark.promise("C1")
def test_an_answer_that_may_not_be_kept_is_given_to_all_who_wait_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = gateway.led.answer.replace(b'"stop"', b'"content_filter"')
        gateway.led.gate.clear()
        clients = [gateway.ask() for _ in range(10)]
        await settled()
        gateway.led.gate.set()
        assert {(await client.reply()).status for client in clients} == {200}
        assert gateway.led.calls == 1
        assert (await gateway.ask().reply()).tier == "miss"

    asyncio.run(test())
