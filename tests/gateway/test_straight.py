"""A miss that goes straight and one that goes the long way leave the same behind."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from house import CHAT, MODEL, SECRET, House, Reply, house, settled
from pantler.config.keys import digest
from pantler.config.values import Cache, Gateway, Key, Model, Prices, Route, Tenant
from pantler.core.errors import EndedFirst, ProviderError
from pantler.gateway.offers import Straight
from pantler.gateway.readings import Reading
from pantler.gateway.setup import set_up

LIMITED = Tenant("blue", (Key(digest(SECRET, "sk-blue"), requests_per_minute=2),))
BLUE = {"authorization": "Bearer sk-blue"}
CHANGING = ("x-pantler-decision", "date")


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]  # a coroutine, as every test is


def asking(question: str = "2+2?", **fields: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": question}], **fields}).encode()


def way(gateway: House, body: bytes, headers: dict[str, str]) -> Straight | None:
    """The straight way of a body, where it has one."""
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    at_once = gateway.serving.reception(CHAT.encode(), named)
    return None if at_once is None else gateway.serving.goes_straight(at_once(body, lambda *_: None))


class Asked:
    """A request on its straight way; `leave` closes its connection."""

    def __init__(self, gateway: House, body: bytes, headers: dict[str, str] | None = None) -> None:
        straight = way(gateway, body, headers or {})
        assert straight is not None
        self._straight = straight
        self._answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        straight.go(self._answer)

    def leave(self) -> None:
        self._straight.stop()

    @property
    def is_answered(self) -> bool:
        return self._answered.done()

    async def reply(self) -> Reply:
        return await self._answered

    def _answer(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert int(headers.pop("content-length")) == len(body)
        self._answered.set_result(Reply(int(first.split()[1]), headers, [body]))


def ask(gateway: House, question: str = "2+2?", headers: dict[str, str] | None = None, **fields: Any) -> Asked:
    return Asked(gateway, asking(question, **fields), headers)


def told(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    """What is the same by either way."""
    changing = (*CHANGING, "content-length")  # which is the connection's to say
    return reply.status, {name: value for name, value in reply.headers.items() if name not in changing}, reply.body


def rows(gateway: House) -> list[dict[str, Any]]:
    """The ledger's rows but for what differs from one time to the next."""
    found = [{**asdict(row), "decision": "", "seconds": 0.0} for row in gateway.rows]
    for row in found:
        row["asked"] = [{**asdict(asked), "total_seconds": 0.0} for asked in row["asked"]]
    return found


async def both(folder: Path, act: Callable[[House, str], Awaitable[Reply]], **tables: Any) -> list[House]:
    """The same done by either way in a house of its own; both tell the client and the ledger the same."""
    houses = [house(folder / name, **tables) for name in ("long", "straight")]
    noted: dict[str, list[int]] = {"long": [], "straight": []}
    for gateway, keys in zip(houses, noted.values(), strict=True):
        gateway.serving.answers.noted = lambda errand, keys=keys: keys.append(errand.query.key)  # type: ignore[misc]
    replies = [await act(gateway, name) for gateway, name in zip(houses, ("long", "straight"), strict=True)]
    await settled()
    assert told(replies[0]) == told(replies[1])
    assert rows(houses[0]) == rows(houses[1])
    assert noted["long"] == noted["straight"]
    for gateway in houses:
        assert gateway.serving.app.in_flight == 0
        assert len(gateway.serving.loop.streams) == 0
    return houses


def by(gateway: House, name: str, question: str = "2+2?", headers: dict[str, str] | None = None, **fields: Any) -> Any:
    """A request that is under way by the way of this name."""
    if name == "straight":
        return ask(gateway, question, headers, **fields)
    return gateway.ask(question, headers=headers, **fields)


@pytest.mark.parametrize("fields", [{}, {"temperature": 0.7}, {"surprise": 1}, {"max_completion_tokens": 9}])
def test_both_ways_give_the_same_answer_and_write_the_same_row(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def test() -> None:
        await both(tmp_path, lambda gateway, name: by(gateway, name, **fields).reply())

    run(test)


def test_what_went_straight_is_kept_and_served(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        first = await ask(gateway).reply()
        again = await gateway.ask().reply()
        assert (first.tier, again.tier, again.body) == ("miss", "hit", first.body)
        assert first.headers["x-pantler-decision"] == gateway.rows[0].decision

    run(test)


@pytest.mark.parametrize(
    "failure",
    [
        ProviderError("m is down", kind="refused"),
        ProviderError("m says no", kind="status", status=400, body=b'{"error": {"message": "no"}}'),
        ProviderError("m is busy", kind="overloaded", status=429, retry_after_seconds=7.0),
        RuntimeError("a mistake of ours"),
    ],
    ids=repr,
)
def test_both_ways_tell_a_failure_alike(tmp_path: Path, failure: Exception) -> None:
    async def test() -> None:
        def failing(gateway: House, name: str) -> Awaitable[Reply]:
            gateway.led.failures = [failure]
            return by(gateway, name).reply()  # type: ignore[no-any-return]

        await both(tmp_path, failing)

    run(test)


def test_both_ways_are_refused_by_a_limit_alike(tmp_path: Path) -> None:
    async def test() -> None:
        async def third(gateway: House, name: str) -> Reply:
            for number in range(2):
                assert (await by(gateway, name, str(number), BLUE).reply()).status == 200
            reply: Reply = await by(gateway, name, "one too many", BLUE).reply()
            assert (reply.status, reply.json["error"]["code"]) == (429, "requests_per_minute_reached")
            return reply

        await both(tmp_path, third, tenants=(LIMITED,), monotonic=lambda: 1.0)

    run(test)


def test_both_ways_are_refused_by_a_budget_alike_and_leave_their_place(tmp_path: Path) -> None:
    key = Key(digest(SECRET, "sk-blue"), concurrency=1)
    tenant = Tenant("blue", (key,), budget_per_day="0.000001")

    async def test() -> None:
        async def twice(gateway: House, name: str) -> Reply:
            await by(gateway, name, "1", BLUE, max_completion_tokens=100).reply()
            reply: Reply = await by(gateway, name, "2", BLUE, max_completion_tokens=100).reply()
            assert reply.json["error"]["code"] == "above_budget_per_day"
            return reply

        await both(tmp_path, twice, tenants=(tenant,))

    run(test)


def test_equal_requests_by_either_way_share_one_call(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        asked = [by(gateway, name) for name in ("straight", "long", "straight", "straight", "long")]
        asked.append(gateway.ask(stream=True))
        await settled()
        gateway.led.gate.set()
        replies = [await one.reply() for one in asked]
        assert gateway.led.calls == 1
        assert sorted(reply.tier for reply in replies) == ["coalesced"] * 5 + ["miss"]
        assert replies[0].tier == "miss"
        assert sorted(gateway.tiers) == ["coalesced"] * 5 + ["miss"]
        assert gateway.serving.app.in_flight == 0

    run(test)


@pytest.mark.parametrize("status", [None, 503, 400])
def test_a_leader_that_fails_hands_over_once_to_those_that_go_straight(tmp_path: Path, status: int | None) -> None:
    async def test() -> None:
        async def last(gateway: House, name: str) -> Reply:
            gateway.led.gate.clear()
            gateway.led.failures = [ProviderError("m is down", kind="status", status=status)]
            asked = [by(gateway, name) for _ in range(10)]
            await settled()
            gateway.led.gate.set()
            replies = [await one.reply() for one in asked]
            passes = status != 400
            assert gateway.led.calls == (2 if passes else 1)
            assert [reply.status for reply in replies[1:]] == [200 if passes else 400] * 9
            return replies[1]  # type: ignore[no-any-return]

        await both(tmp_path, last)

    run(test)


def test_a_client_that_leaves_ends_its_call_where_nobody_else_waits(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        one, other = ask(gateway), ask(gateway)
        await settled()
        one.leave()
        await settled()
        assert gateway.led.cancelled == 0
        other.leave()
        await settled()
        assert gateway.led.cancelled == 1
        assert [row.status for row in gateway.rows] == [499, 499]
        assert not one.is_answered
        assert not other.is_answered
        assert gateway.serving.app.in_flight == 0

    run(test)


def test_a_follower_goes_on_when_its_leader_leaves(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        leader, follower = ask(gateway), ask(gateway)
        await settled()
        leader.leave()
        gateway.led.gate.set()
        assert (await follower.reply()).tier == "coalesced"
        assert gateway.led.calls == 1
        assert sorted(row.status for row in gateway.rows) == [200, 499]

    run(test)


def test_the_end_of_the_process_is_told_as_an_error(tmp_path: Path) -> None:
    async def test() -> None:
        async def cut(gateway: House, name: str) -> Reply:
            gateway.led.gate.clear()
            asked = by(gateway, name)
            await settled()
            assert gateway.serving.is_busy
            gateway.serving.loop.streams.cut(EndedFirst("this gateway had to end"))
            reply: Reply = await asked.reply()
            assert (reply.status, reply.json["error"]["code"]) == (503, "ending")
            return reply

        await both(tmp_path, cut)

    run(test)


def test_a_deadline_that_passes_is_told_as_an_error(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, gateway=Gateway(request_seconds=0.02))
        gateway.led.gate.clear()
        reply = await ask(gateway).reply()
        assert (reply.status, reply.json["error"]["code"]) == (504, "deadline_passed")
        await settled()
        assert gateway.led.cancelled == 1
        assert gateway.tiers == ["miss"]

    run(test)


def test_whatever_waits_for_more_than_its_call_goes_the_long_way(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, cache=Cache(ttl_seconds=10.0))
        assert way(gateway, asking(stream=True), {}) is None
        assert way(gateway, asking(), {"cache-control": "only-if-cached"}) is None
        assert way(gateway, b"{", {}) is None
        await ask(gateway).reply()
        gateway.clock.now += 60
        assert way(gateway, asking(), {}) is None  # what has expired is still there, and might be served stale
        assert way(house(tmp_path / "strict", cache=Cache(durability="strict")), asking(), {}) is None

    run(test)


def test_after_a_reload_and_at_the_end_nothing_goes_straight(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        at_once = gateway.serving.reception(CHAT.encode(), [])
        assert at_once is not None
        reading = at_once(asking(), lambda *_: None)
        assert isinstance(reading, Reading)
        setup = gateway.serving.setup
        gateway.serving.use(set_up(setup.config, setup.upstreams, SECRET))
        assert gateway.serving.goes_straight(reading) is None
        assert way(gateway, asking(), {}) is not None
        gateway.serving.close()
        assert way(gateway, asking(), {}) is None

    run(test)


def test_a_body_that_went_straight_is_remembered_at_its_second_coming(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await ask(gateway).reply()
        at_once = gateway.serving.reception(CHAT.encode(), [])
        assert at_once is not None
        remembered: list[object] = []
        assert isinstance(at_once(asking(), lambda again, _: remembered.append(again)), bytes)
        assert len(remembered) == 1

    run(test)


def test_a_route_of_two_models_goes_straight_to_the_one_that_is_chosen(tmp_path: Path) -> None:
    async def test() -> None:
        models = (MODEL, Model("dear", provider="scripted", price=Prices("10", "20")))
        routes = (Route("auto", ("m", "dear")),)
        await both(
            tmp_path, lambda gateway, name: by(gateway, name, model="auto").reply(), models=models, routes=routes
        )

    run(test)
