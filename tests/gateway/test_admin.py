"""The admin listener: its own credential, nothing open but liveness, and what it does takes hold at once."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from house import MODEL, SECRET, Client, House, Reply, house
from pantler.config.keys import digest
from pantler.config.values import Key, Route, Tenant
from pantler.core.errors import ConfigError
from pantler.gateway.admin import Admin
from pantler.gateway.app import App

KEY = "an admin key that nobody guesses"
OPEN = {("GET", "/healthz")}


class Office:
    """The admin application of a gateway."""

    def __init__(self, gateway: House) -> None:
        self.reloads = 0
        self.refuses = ""
        self.admin = Admin(gateway.serving, self._reload, KEY)
        self.app = App(self.admin.paths(), lambda *_: None, gateway.serving.clocks)

    async def ask(self, method: str, path: str, body: bytes = b"", key: str = KEY) -> Reply:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return await Client(self.app, method, path, body, headers).reply()

    async def purge(self, **what: Any) -> Any:
        return (await self.ask("POST", "/admin/purge", json.dumps(what).encode())).json

    async def _reload(self) -> list[str]:
        if self.refuses:
            raise ConfigError(self.refuses)
        self.reloads += 1
        return ["[cache], capacity: holds from the next start only"]


@pytest.mark.promise("S8")
def test_every_route_but_liveness_needs_the_admin_key(tmp_path: Path) -> None:
    async def test() -> None:
        office = Office(house(tmp_path))
        inventory = [(method, path) for path, methods in office.admin.paths().items() for method in methods]
        assert len(inventory) >= 6
        for method, path in inventory:
            for key in ("", "a client's key", KEY[:-1], KEY + "x"):
                reply = await office.ask(method, path, b"{}", key=key)
                assert reply.status == (200 if (method, path) in OPEN else 401), (method, path)
                assert (method, path) in OPEN or reply.json["error"]["code"] == "invalid_admin_key"

    asyncio.run(test())


@pytest.mark.promise("S8")
def test_the_admin_key_is_compared_in_constant_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    async def test() -> None:
        office = Office(house(tmp_path))
        monkeypatch.setattr("pantler.gateway.admin.hmac.compare_digest", compare)
        statuses = [(await office.ask("GET", "/admin/stats", key=key)).status for key in (KEY, "another", "")]
        assert statuses == [200, 401, 401]
        assert compared == [(shown, KEY.encode()) for shown in (KEY.encode(), b"another", b"")]

    asyncio.run(test())


def test_the_name_of_the_keys_scheme_means_the_same_in_any_case(tmp_path: Path) -> None:
    async def test() -> None:
        app = Office(house(tmp_path)).app
        for scheme, status in (("bearer", 200), ("BEARER", 200), ("Basic", 401)):
            headers = {"authorization": f"{scheme} {KEY}"}
            assert (await Client(app, "GET", "/admin/stats", b"", headers).reply()).status == status

    asyncio.run(test())


def test_whoever_asks_for_another_path_is_told_those_that_there_are(tmp_path: Path) -> None:
    async def test() -> None:
        said = (await Office(house(tmp_path)).ask("GET", "/admin")).json["error"]["message"]
        assert "/admin/purge" in said
        assert "openapi" not in said

    asyncio.run(test())


@pytest.mark.promise("S8")
def test_no_admin_route_is_served_to_clients(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        for path in Office(gateway).admin.paths():
            if path not in ("/healthz", "/readyz"):
                assert (await gateway.get(path).reply()).status == 404

    asyncio.run(test())


@pytest.mark.promise("S8")
def test_every_route_of_the_data_listener_needs_a_key_but_probes(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(Tenant("blue", (Key(digest(SECRET, "sk")),)),))
        told = {}
        for path, methods in gateway.serving.app.paths.items():
            for method in methods:
                reply = await Client(gateway.serving.app, method, path, b"{}", {}).reply()
                told[method, path] = reply.status
        assert {path for (_, path), status in told.items() if status != 401} == {"/healthz", "/readyz"}

    asyncio.run(test())


@pytest.mark.promise("S8")
def test_where_there_are_keys_a_probe_without_one_is_told_no_name_and_the_operator_all(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(Tenant("blue", (Key(digest(SECRET, "sk")),)),))
        gateway.serving.setup.upstreams["m"].is_locked_out = True
        assert (await gateway.get("/readyz").reply()).json == {"status": "ready"}
        told = (await Office(gateway).ask("GET", "/readyz")).json
        assert told == {"status": "degraded", "ailing": {"m": "it refuses our key"}}
        gateway.serving.drain()
        drained = await gateway.get("/readyz").reply()
        assert (drained.status, drained.json) == (503, {"status": "draining"})

    asyncio.run(test())


@pytest.mark.promise("S8")
def test_the_description_is_for_whoever_has_a_key(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(Tenant("blue", (Key(digest(SECRET, "sk")),)),))
        assert (await gateway.get("/openapi.json").reply()).status == 401
        described = await gateway.get("/openapi.json", {"authorization": "Bearer sk"}).reply()
        assert described.json["paths"]

    asyncio.run(test())


def test_a_purge_takes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, routes=(Route("r", ("m",)),))
        office = Office(gateway)
        first = await gateway.ask("a?", headers={"x-pantler-tags": "x"}).reply()
        await gateway.ask("b?", headers={"x-pantler-tags": "x,y"}).reply()
        await gateway.ask("c?", model="r").reply()
        assert await office.purge(tag="never") == {"purged": 0, "note": "nothing is stored by this tag"}
        assert await office.purge(decision=first.headers["x-pantler-decision"]) == {"purged": 1}
        assert await office.purge(tag="x") == {"purged": 1}
        assert [(await gateway.ask(f"{q}?", model=m).reply()).tier for q, m in ("am", "bm", "cr")] == [
            "miss", "miss", "hit",
        ]  # fmt: skip
        assert await office.purge(model="m") == {"purged": 3}
        await gateway.ask("a?").reply()
        assert await office.purge(tenant="anybody") == {"purged": 1}
        await gateway.ask("a?", headers={"x-pantler-tags": "x"}).reply()
        key = gateway.rows[-1].key_digest
        assert await office.purge(key="0" * 32) == {"purged": 0, "note": "nothing is stored by this key"}
        assert await office.purge(key=key.upper()) == {"purged": 1}
        assert (await gateway.ask("a?", headers={"x-pantler-tags": "x"}).reply()).tier == "miss"
        told = await office.purge(tag="x", tenant="somebody else")
        assert told == {"purged": 0, "note": "nothing is stored by this tag"}
        assert await office.purge(tag="x", tenant="anybody") == {"purged": 1}
        two = {"decision": "dec_never", "tenant": "anybody"}
        for wrong in ({}, {"tag": "x", "model": "m"}, two, {"tags": "x"}, {"tag": 1}, {"key": "7"}):
            assert (await office.purge(**wrong))["error"]["code"] == "invalid_purge"
        not_text = await office.ask("POST", "/admin/purge", b'{"tag": "\xff"}')
        assert (not_text.status, not_text.json["error"]["code"]) == (400, "invalid_purge")
        assert (await office.purge(decision="dec_never"))["error"]["code"] == "unknown_decision"
        await gateway.close()

    asyncio.run(test())


def test_a_refused_reload_says_what_is_wrong(tmp_path: Path) -> None:
    async def test() -> None:
        office = Office(house(tmp_path))
        told = {"reloaded": True, "warnings": ["[cache], capacity: holds from the next start only"]}
        assert (await office.ask("POST", "/admin/reload")).json == told
        office.refuses = "[cache] policy: no policy named 'gdfs'; did you mean 'gdsf'?"
        refused = await office.ask("POST", "/admin/reload")
        assert (refused.status, office.reloads) == (409, 1)
        assert "gdsf" in refused.json["error"]["message"]

    asyncio.run(test())


def test_metrics_count_requests_calls_tokens_and_money_by_configured_names_only(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=MODEL)
        for model in ("a", "a", "b"):
            await gateway.ask(model=model).reply()
        text = (await Office(gateway).ask("GET", "/metrics")).body.decode()
        assert 'pantler_request_seconds_count{outcome="answered",route="any",tier="hit"} 1.0' in text
        assert 'pantler_request_seconds_count{outcome="answered",route="any",tier="miss"} 2.0' in text
        assert 'pantler_tokens_total{direction="in",model="any"} 6.0' in text
        assert 'pantler_spent_dollars_total{model="any"} 1.4e-05' in text
        assert 'pantler_saved_dollars_total{by="cache",route="any"} 7e-06' in text
        assert "pantler_cache_entries 2.0" in text

    asyncio.run(test())


def test_stats_and_keys_tell_no_secret(tmp_path: Path) -> None:
    async def test() -> None:
        key = Key(digest(SECRET, "sk"), "laptop", requests_per_minute=9)
        gateway = house(tmp_path, tenants=(Tenant("blue", (key,)),))
        office = Office(gateway)
        told = (await office.ask("GET", "/admin/keys")).json["keys"]
        assert [(each["tenant"], each["name"], each["requests_per_minute"]) for each in told] == [("blue", "laptop", 9)]
        assert "digest" not in told[0]
        assert (await office.ask("GET", "/admin/stats")).json["cache"]["entries"] == 0

    asyncio.run(test())
