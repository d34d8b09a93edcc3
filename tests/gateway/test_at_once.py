"""A hit that is answered at once and one that goes the long way leave the same behind."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from house import CHAT, MODEL, SECRET, House, house, settled
from pantler.config.keys import digest
from pantler.config.values import Cache, Config, Key, Model, Route, Tenant
from pantler.gateway.books import MOST_SERIES
from pantler.gateway.offers import Again
from pantler.gateway.readings import Reading
from pantler.gateway.setup import set_up
from pantler.live.errands import Errand

TENANT = Tenant("blue", (Key(digest(SECRET, "sk-blue"), requests_per_minute=5),))
BLUE = {"authorization": "Bearer sk-blue"}


def asking(**fields: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "2+2?"}], **fields}).encode()


class Asked:
    """One body that was offered to be answered at once."""

    def __init__(self, gateway: House, body: bytes, headers: dict[str, str], path: str = CHAT) -> None:
        self.remembered: list[Again] = []
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        at_once = gateway.serving.reception(path.encode(), named)
        self.is_received = at_once is not None
        self.found: object = None if at_once is None else at_once(body, lambda again, _: self.remembered.append(again))

    @property
    def head(self) -> dict[str, str]:
        assert isinstance(self.found, bytes)
        lines = self.found.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        return {"status": lines[0], **dict(line.split(": ") for line in lines[1:])}

    @property
    def body(self) -> bytes:
        assert isinstance(self.found, bytes)
        return self.found.partition(b"\r\n\r\n")[2]


def ask(gateway: House, headers: dict[str, str] | None = None, **fields: Any) -> Asked:
    return Asked(gateway, asking(**fields), headers or {})


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]  # a coroutine, as every test is


async def stored(folder: Path, **tables: Any) -> House:
    """A gateway that has answered the question once."""
    gateway = house(folder, **tables)
    await gateway.post(CHAT, asking(), BLUE if "tenants" in tables else {}).reply()
    return gateway


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_both_ways_give_the_same_answer_and_write_the_same_row(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path, tenants=(TENANT,))
        gateway.clock.now += 7
        gateway.rows.clear()
        long = await gateway.post(CHAT, asking(stream=streamed), BLUE).reply()
        short = ask(gateway, BLUE, stream=streamed, user="another")
        changing = ("x-pantler-decision", "date", "status")
        fixed = {name: value for name, value in short.head.items() if name not in changing}
        assert fixed == {name: value for name, value in long.headers.items() if name not in changing}
        assert short.body == long.body
        assert short.head["x-pantler-decision"] == gateway.rows[-1].decision
        rows = [{**asdict(row), "decision": "", "seconds": 0.0} for row in gateway.rows]
        assert rows[0] == rows[1]
        assert gateway.serving.keeping.engine.ledger.hits == 2

    run(test)


def test_each_tenant_of_a_shared_answer_has_rows_of_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        names = ("blue", "red")
        tenants = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in names)
        routes = (Route("shared", ("m",), shared_between_tenants=True),)
        gateway = house(tmp_path, tenants=tenants, routes=routes)
        await gateway.ask("2+2?", headers=BLUE, model="shared").reply()
        gateway.rows.clear()
        for number, name in enumerate(("blue", "blue", "red", "red", "blue")):  # bodies differ, or none was at once
            asked = ask(gateway, {"authorization": f"Bearer sk-{name}"}, model="shared", user=f"{number}")
            assert isinstance(asked.found, bytes)
        assert [row.tenant for row in gateway.rows] == ["blue", "blue", "red", "red", "blue"]

    run(test)


def test_of_at_most_so_many_answers_the_rows_are_kept_as_a_series(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path)
        (entry,) = [gateway.keeping.store.get(key) for key in gateway.keeping.engine.cache]
        assert entry is not None
        for key in range(MOST_SERIES + 10):
            gateway.serving.books.series(key, "anybody", entry, {})
        assert len(gateway.serving.books._series) == MOST_SERIES

    run(test)


def test_what_is_not_stored_is_read_and_nothing_is_counted(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(TENANT,))
        for _ in range(20):
            assert isinstance(ask(gateway, BLUE).found, Reading)
        assert not gateway.rows
        assert gateway.serving.keeping.engine.cache.foresee(ask(gateway, BLUE).found.key) <= 1.0  # type: ignore[attr-defined]

    run(test)


def test_a_limit_holds_and_its_refusal_is_told_the_long_way(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path, tenants=(TENANT,), monotonic=lambda: 1.0)
        found = [ask(gateway, BLUE).found for _ in range(6)]
        assert [isinstance(one, bytes) for one in found] == [True] * 4 + [False] * 2
        reply = await gateway.post(CHAT, asking(), BLUE).reply()
        assert (reply.status, reply.json["error"]["code"]) == (429, "requests_per_minute_reached")
        assert gateway.tiers == ["miss", "hit", "hit", "hit", "hit", "bypass"]

    run(test)


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({}, CHAT),
        ({"authorization": "Bearer other"}, CHAT),
        ({**BLUE, "x-pantler-ttl": "soon"}, CHAT),
        ({**BLUE, "cache-control": "no-cache"}, CHAT),
        ({**BLUE, "x-pantler-explain": "1"}, CHAT),
        (BLUE, "/v1/models"),
        (BLUE, f"{CHAT}?a=b"),
    ],
)
def test_heads_that_are_refused_or_never_hit_go_the_long_way(
    tmp_path: Path, headers: dict[str, str], path: str
) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path, tenants=(TENANT,))
        assert not Asked(gateway, asking(), headers, path).is_received

    run(test)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", asking(model="x"), asking(n="two")])
def test_bodies_that_are_refused_go_the_long_way(tmp_path: Path, body: bytes) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path)
        assert Asked(gateway, body, {}).found is None
        assert gateway.tiers == ["miss"]

    run(test)


def test_bypass_age_expiry_and_pace_are_heeded(tmp_path: Path) -> None:
    async def test() -> None:
        routes = (Route("paced", ("m",), pace_replay=True),)
        gateway = await stored(tmp_path, cache=Cache(ttl_seconds=60.0), routes=routes)
        await gateway.post(CHAT, asking(model="paced")).reply()
        gateway.clock.now += 20
        assert isinstance(ask(gateway).found, bytes)
        assert isinstance(ask(gateway, {"cache-control": "max-age=30"}).found, bytes)
        assert isinstance(ask(gateway, {"cache-control": "max-age=10"}).found, Reading)
        assert isinstance(ask(gateway, temperature=0.5).found, Reading)
        assert isinstance(ask(gateway, model="paced").found, bytes)
        assert isinstance(ask(gateway, model="paced", stream=True).found, Reading)
        gateway.clock.now += 60
        assert isinstance(ask(gateway).found, Reading)

    run(test)


def test_a_body_that_comes_again_is_remembered_by_its_bytes(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path)
        assert ask(gateway, user="u").remembered == []
        (again,) = ask(gateway, user="u").remembered
        assert again() is not None

    run(test)


def test_variants_take_turns_whichever_way_they_go(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=(Route("many", ("m",), variants=2),))
        for _ in range(2):
            await gateway.post(CHAT, asking(model="many")).reply()
        keys = []
        for _ in range(4):
            found = ask(gateway, model="many")
            assert found.remembered == []
            assert isinstance(found.found, bytes)
            keys.append(gateway.rows[-1].key_digest)
        assert keys[0] == keys[2] != keys[1] == keys[3]

    run(test)


def test_after_a_reload_and_at_the_end_nothing_is_answered_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path)
        at_once = gateway.serving.reception(CHAT.encode(), [])
        assert at_once is not None
        reading = at_once(asking(user="u", temperature=1), lambda *_: None)
        setup = gateway.serving.setup
        gateway.serving.use(set_up(setup.config, setup.upstreams, SECRET))
        assert at_once(asking(), lambda *_: None) is None
        assert isinstance(reading, Reading)
        assert reading.desk is not gateway.serving.answers.desk
        assert isinstance(ask(gateway).found, bytes)
        gateway.serving.close()
        assert ask(gateway).found is None

    run(test)


def test_strict_durability_waits_the_long_way(tmp_path: Path) -> None:
    async def test() -> None:
        strict = Cache(durability="strict")
        gateway = house(tmp_path, cache=strict)
        assert not ask(gateway).is_received

    run(test)


def test_a_hit_is_seen_by_the_spans_with_its_errand(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stored(tmp_path)
        noted: list[Errand | None] = []

        class Spans:
            def note(self, _: object, errand: Errand | None) -> None:
                noted.append(errand)

        gateway.serving.recording.spans = Spans()  # type: ignore[assignment]
        assert isinstance(ask(gateway, {"traceparent": "00-1-2-01"}).found, bytes)
        (errand,) = noted
        assert errand is not None
        assert errand.ask.headers == (("traceparent", "00-1-2-01"),)

    run(test)


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        reading = ask(gateway).found
        assert isinstance(reading, Reading)
        told = Told(gateway, reading)
        assert (await told.ask()).route == "m"
        other = Model("other", price="free")
        config = Config(models=(MODEL, other))
        setup = gateway.serving.setup
        reading.route = Route("other", ("other",))
        gateway.serving.use(set_up(config, {**setup.upstreams, "other": setup.upstreams["m"]}, SECRET))
        assert (await Told(gateway, reading).ask()).route == "m"  # what another desk has read is not believed
        await settled()

    run(test)


class Told:
    """A request whose body has been read already."""

    def __init__(self, gateway: House, reading: Reading) -> None:
        self._gateway = gateway
        self._reading = reading

    async def ask(self) -> Any:
        messages = [{"type": "http.request", "body": asking(), "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not messages:
                await asyncio.Event().wait()  # the client stays
            return messages.pop()

        async def send(message: dict[str, Any]) -> None:
            assert message.get("status", 200) == 200

        extensions = {"pantler.reading": self._reading}
        scope = {"type": "http", "method": "POST", "path": CHAT, "headers": [], "extensions": extensions}
        await self._gateway.serving.app(scope, receive, send)
        return self._gateway.rows[-1]
