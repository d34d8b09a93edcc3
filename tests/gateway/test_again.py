"""The short way of a hit and the long way leave the same behind."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from house import CHAT, SECRET, House, house
from pantler.config.keys import digest
from pantler.config.values import Key, Tenant
from pantler.gateway.offers import EXTENSION
from pantler.gateway.setup import set_up

ASK = json.dumps({"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}).encode()


async def asked(gateway: House, *headers: tuple[bytes, bytes]) -> tuple[bytes, list[Callable[[], bytes | None]]]:
    """Ask the long way; the response's body, and what the app offered for the same bytes again."""
    offered: list[Callable[[], bytes | None]] = []
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": ASK, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    extensions = {EXTENSION: {"remember": lambda again, _: offered.append(again)}}
    scope = {"type": "http", "method": "POST", "path": CHAT, "headers": [*headers], "extensions": extensions}
    await gateway.serving.app(scope, receive, send)
    return sent[1]["body"], offered


async def hit_twice(gateway: House) -> tuple[bytes, Callable[[], bytes | None]]:
    await gateway.post(CHAT, ASK).reply()
    body, (again,) = await asked(gateway)
    return body, again


def test_what_has_not_come_before_is_not_remembered(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.post(CHAT, ASK + b" ").reply()
        assert (await asked(gateway))[1] == []
        assert len((await asked(gateway))[1]) == 1

    asyncio.run(test())


def test_what_is_to_say_why_is_not_remembered_for_the_next_says_it_anew(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.post(CHAT, ASK).reply()
        for _ in range(3):
            assert (await asked(gateway, (b"x-pantler-explain", b"1")))[1] == []

    asyncio.run(test())


def test_both_ways_write_the_same_row_but_for_its_id_and_its_time(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await hit_twice(gateway)
        _, again = await hit_twice(gateway)
        gateway.rows.clear()
        gateway.clock.now += 5
        await asked(gateway)
        assert again() is not None
        assert again() is not None
        long, first, second = ({**asdict(row), "decision": "", "seconds": 0.0} for row in gateway.rows)
        assert long == first == second
        assert len({row.decision for row in gateway.rows}) == 3

    asyncio.run(test())


def test_both_ways_give_the_same_answer(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        body, again = await hit_twice(gateway)
        gateway.clock.now += 7
        said = again()
        assert said is not None
        head, _, rest = said.partition(b"\r\n\r\n")
        assert rest == body
        assert b"x-pantler-cache: hit\r\n" in head
        assert b"x-pantler-age: 7\r\n" in head
        assert b"x-pantler-saved: 0.000007000\r\n" in head
        assert gateway.rows[-1].decision.encode() in head

    asyncio.run(test())


def test_what_is_no_longer_stored_goes_the_long_way_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        _, again = await hit_twice(gateway)
        key = next(iter(gateway.keeping.engine.cache.residents))
        gateway.serving.loop.forget([key])
        gateway.rows.clear()
        assert again() is None
        assert not gateway.rows

    asyncio.run(test())


def test_a_limit_holds_for_bytes_that_come_again_and_counts_them(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(Tenant("t", (Key(digest(SECRET, "sk-t"), requests_per_minute=4),)),))
        key = (b"authorization", b"Bearer sk-t")
        await gateway.post(CHAT, ASK, {"authorization": "Bearer sk-t"}).reply()
        _, (again,) = await asked(gateway, key)
        assert [again() is None for _ in range(3)] == [False, False, True], "two of the four were asked the long way"
        assert gateway.tiers == ["miss", "hit", "hit", "hit"]

    asyncio.run(test())


def test_after_a_reload_bytes_that_come_again_go_the_long_way(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        _, again = await hit_twice(gateway)
        setup = gateway.serving.setup
        gateway.serving.use(set_up(setup.config, setup.upstreams, SECRET))
        gateway.rows.clear()
        assert again() is None
        assert not gateway.rows

    asyncio.run(test())
