"""Another configuration while requests are under way: each ends by the one that it began with."""

import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, House, house, settled
from pantler.config.keys import digest
from pantler.config.values import Cache, Choice, Config, Gateway, Key, Model, Objective, Prices, Route, Semantic, Tenant
from pantler.core.errors import ConfigError, ProviderError
from pantler.gateway.reloading import Reloading
from pantler.gateway.setup import set_up
from pantler.providers import litellm

OTHER = Model("m2", provider="scripted", price=Prices("2", "4"))
COSTLY = Objective(error_weight=0.001)
ROUTED = Config(models=(MODEL,), routes=(Route("r", ("m",)),))


def use(gateway: House, config: Config) -> None:
    gateway.serving.use(set_up(config, gateway.serving.setup.upstreams, SECRET))


async def _noted(seen: list[int], number: int) -> None:
    seen.append(number)


def test_a_route_that_goes_while_it_is_asked_still_answers_and_leaves_its_row(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=ROUTED.routes)
        gateway.led.gate.clear()
        leading, following = gateway.ask(model="r"), gateway.ask(model="r")
        await gateway.led.arrived.wait()
        await settled()
        use(gateway, Config(models=(MODEL,)))
        gateway.led.gate.set()
        assert [(await client.reply()).status for client in (leading, following)] == [200, 200]
        assert [(row.route, row.tier) for row in gateway.rows] == [("r", "miss"), ("r", "coalesced")]
        assert len(gateway.keeping.engine.cache) == 0  # nobody can ask for it any longer
        use(gateway, ROUTED)
        assert (await gateway.ask(model="r").reply()).tier == "miss"

    asyncio.run(test())


@pytest.mark.parametrize("after", [(), (Route("r", ("m2",)),), (Route("r", ("m", "m2"), objective=COSTLY),)])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_leader_fails_after_its_route_was_removed_or_changed_and_its_followers_are_answered(
    after: tuple[Route, ...], streamed: bool, tmp_path: Path
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(MODEL, OTHER), routes=ROUTED.routes)
        gateway.led.failures = [ProviderError("m broke off", kind="cut")]
        gateway.led.gate.clear()
        leading, *following = [gateway.ask(model="r", stream=streamed) for _ in range(4)]
        await gateway.led.arrived.wait()
        await settled()
        use(gateway, Config(models=(MODEL, OTHER), routes=after))
        gateway.led.gate.set()
        assert (await leading.reply()).status == 502
        assert [(await client.reply()).status for client in following] == [200, 200, 200]
        assert gateway.led.calls == 2

    asyncio.run(test())


def test_an_upstream_is_closed_only_once_the_followers_of_its_failed_call_have_theirs(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(MODEL, OTHER), routes=ROUTED.routes)
        closed_after: list[int] = []
        gateway.led.close = lambda: _noted(closed_after, len(gateway.rows))  # type: ignore[method-assign]
        gateway.led.failures = [ProviderError("m broke off", kind="cut")]
        gateway.led.gate.clear()
        leading, following = gateway.ask(model="r"), gateway.ask(model="r")
        await gateway.led.arrived.wait()
        await settled()
        config = Config(models=(OTHER,))
        reloading = Reloading(lambda: config, {}, gateway.serving, gateway.serving.clocks)
        reloading.reload()
        gateway.led.gate.set()
        assert [(await client.reply()).status for client in (leading, following)] == [502, 200]
        await reloading.closed()
        assert closed_after == [2]

    asyncio.run(test())


LOOKED_AT = Route("r", ("m", "m2"), objective=COSTLY, multiplexer=Choice("learned", embedder="hashing"))
NEAR = Route("r", ("m", "m2"), objective=COSTLY, semantic=Semantic(embedder="hashing", deadline_seconds=30.0))


@pytest.mark.parametrize("route", [LOOKED_AT, NEAR], ids=["learned", "near"])
def test_a_request_whose_text_is_looked_at_while_its_route_goes_is_answered(tmp_path: Path, route: Route) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(MODEL, OTHER), routes=(route,))
        client = gateway.ask("how do I boil an egg?", model="r")
        await asyncio.sleep(0)
        use(gateway, Config(models=(MODEL, OTHER)))
        assert gateway.led.calls == 0
        assert (await client.reply()).status == 200
        assert [row.route for row in gateway.rows] == ["r"]
        await gateway.close()

    asyncio.run(test())


def test_an_answer_of_a_route_that_is_gone_can_still_be_rated(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, routes=ROUTED.routes)
        decision = (await gateway.ask(model="r").reply()).headers["x-pantler-decision"]
        use(gateway, Config(models=(MODEL,)))
        said = json.dumps({"decision_id": decision, "good": False}).encode()
        reply = await gateway.post("/v1/feedback", said).reply()
        assert (reply.status, reply.json["changed"]) == (200, True)
        await gateway.close()

    asyncio.run(test())


def test_the_limits_of_a_key_are_those_of_the_last_reload(tmp_path: Path) -> None:
    async def test() -> None:
        held = Key(digest(SECRET, "k-1"))
        gateway = house(tmp_path, tenants=(Tenant("acme", keys=(held,)),))
        tightened = Key(held.digest, requests_per_minute=1)
        use(gateway, Config(models=(MODEL,), tenants=(Tenant("acme", keys=(tightened,)),)))
        replies = [await gateway.ask(headers={"authorization": "Bearer k-1"}).reply() for _ in range(2)]
        assert [reply.status for reply in replies] == [200, 429]

    asyncio.run(test())


def test_a_gateway_that_others_reach_is_not_opened_by_a_reload_without_keys(tmp_path: Path) -> None:
    async def test() -> None:
        keyed = (Tenant("acme", keys=(Key(digest(SECRET, "k-1")),)),)
        gateway = house(tmp_path, gateway=Gateway(listen="0.0.0.0:8080"), tenants=keyed)
        elsewhere = Config(models=(MODEL,), gateway=Gateway(listen="127.0.0.1:8080"))  # as if it listened there
        reloading = Reloading(lambda: elsewhere, {}, gateway.serving, gateway.serving.clocks)
        with pytest.raises(ConfigError, match=r"0\.0\.0\.0:8080"):
            reloading.reload()
        assert (await gateway.ask().reply()).status == 401

    asyncio.run(test())


def test_a_reload_that_needs_what_is_not_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        asked = Model("claude", provider="litellm", upstream_model="anthropic/claude", price="free")
        further = Config(models=(MODEL, asked))
        reloading = Reloading(lambda: further, {}, gateway.serving, gateway.serving.clocks)
        with pytest.raises(ConfigError, match=r"pantler\[litellm\]"):
            reloading.reload()
        assert (await gateway.ask(model="claude").reply()).status == 404

    monkeypatch.setattr(litellm, "find_spec", lambda _: None)
    asyncio.run(test())


def test_whatever_goes_wrong_in_reading_a_file_is_a_refusal_and_the_old_one_goes_on(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)

        def broken() -> Config:
            raise IndexError("a fault of ours")

        with pytest.raises(ConfigError, match=r"reading it failed \(IndexError\); undo the last change"):
            Reloading(broken, {}, gateway.serving, gateway.serving.clocks).reload()
        assert (await gateway.ask().reply()).status == 200

    asyncio.run(test())


def test_what_holds_from_the_next_start_is_told_by_what_runs_and_not_by_the_last_file(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        began = gateway.serving.setup.config
        given = [replace(began, cache=Cache(capacity="1MB")), replace(began, cache=Cache(capacity="1MB")), began]
        reloading = Reloading(lambda: given.pop(0), {}, gateway.serving, gateway.serving.clocks)
        held = ["[cache], capacity: holds from the next start only"]
        assert [reloading.reload() for _ in range(3)] == [held, held, []]
        await reloading.closed()

    asyncio.run(test())


def test_what_a_model_has_answered_goes_where_a_reload_puts_another_one_behind_its_name(tmp_path: Path) -> None:
    async def test() -> None:
        here, there = (Model("m", base_url=f"http://127.0.0.1:{port}/v1", price="free") for port in (1, 2))
        gateway = house(tmp_path, models=(here, OTHER))
        for model in ("m", "m2"):
            assert (await gateway.ask(model=model).reply()).tier == "miss"
        config = Config(models=(there, OTHER))
        reloading = Reloading(lambda: config, {}, gateway.serving, gateway.serving.clocks)
        reloading.reload()
        assert [item.payload.model for item in gateway.keeping.engine.cache.residents.values()] == ["m2"]
        await reloading.closed()
        await gateway.close()

    asyncio.run(test())
