"""Tenants: partitions that nothing crosses, limits that hold, budgets that hold to the last nano-dollar."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, house, pieces, settled, whole
from pantler.config.keys import digest
from pantler.config.values import Key, Model, Prices, Route, Tenant
from pantler.core.errors import ProviderError

NAMES = ("blue", "red", "green")


def tenant(name: str, *, budget: str | None = None, **limits: Any) -> Tenant:
    return Tenant(name, (Key(digest(SECRET, f"sk-{name}"), **limits),), budget_per_day=budget)


def as_tenant(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{name}"}


def test_no_tenant_ever_gets_what_another_asked_for(tmp_path: Path) -> None:
    """Some thousand random operations of three tenants over few questions: every answer is the asker's own."""

    async def test() -> None:
        routes = (Route("apart", ("m",)), Route("users", ("m",), partition_by_user=True))
        gateway = house(tmp_path, tenants=tuple(map(tenant, NAMES)), routes=routes)
        chance = random.Random(7)
        tiers: Counter[str] = Counter()
        for number in range(4000):
            name, model = chance.choice(NAMES), chance.choice(["m", "apart", "users"])
            question = f"{chance.randrange(20)}?"
            user = chance.choice(["ann", "bob"])
            who = f"{name} {user}" if model == "users" else name
            gateway.led.answer = whole(f"{who} {number}")
            fields: dict[str, Any] = {"model": model, "user": user, "stream": chance.random() < 0.3}
            headers = as_tenant(name) | ({"cache-control": "no-cache"} if chance.random() < 0.05 else {})
            gateway.led.stream = pieces(f"{who} ", str(number))
            reply = await gateway.ask(question, headers=headers, **fields).reply()
            said = reply.text if fields["stream"] else reply.json["choices"][0]["message"]["content"]
            assert said.startswith(f"{who} "), (number, who, said)
            tiers[reply.tier] += 1
            if chance.random() < 0.002:
                gateway.serving.loop.forget(gateway.keeping.store.named("tenant", chance.choice(NAMES)))
        assert tiers["hit"] > 2000

    asyncio.run(test())


def test_tenants_who_ask_the_same_at_once_make_a_call_each(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=tuple(map(tenant, NAMES)))
        gateway.led.gate.clear()
        clients = [gateway.ask(headers=as_tenant(name)) for name in NAMES]
        await settled()
        assert gateway.led.calls == 3
        gateway.led.gate.set()
        assert {(await client.reply()).tier for client in clients} == {"miss"}

    asyncio.run(test())


def test_a_route_that_shares_says_so_in_its_configuration(tmp_path: Path) -> None:
    async def test() -> None:
        routes = (Route("shared", ("m",), shared_between_tenants=True),)
        gateway = house(tmp_path, tenants=tuple(map(tenant, NAMES)), routes=routes)
        tiers = [(await gateway.ask(model="shared", headers=as_tenant(name)).reply()).tier for name in NAMES]
        assert tiers == ["miss", "hit", "hit"]

    asyncio.run(test())


def test_a_hundred_at_once_on_the_last_dollar_overspend_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        dear = replace(MODEL, price=Prices("0", "100000"))
        gateway = house(tmp_path, models=(dear,), tenants=(tenant("blue", budget="1"),))
        gateway.led.answer = whole("four")  # 2 tokens: 20 cents
        gateway.led.gate.clear()
        asked = [gateway.ask(f"{number}?", max_tokens=2, headers=as_tenant("blue")) for number in range(100)]
        await settled()
        gateway.led.gate.set()
        replies = [await client.reply() for client in asked]
        assert Counter(reply.status for reply in replies) == {200: 5, 429: 95}
        assert gateway.serving.budgets.spent("blue")[0] == 1_000_000_000
        refused = next(reply for reply in replies if reply.status == 429)
        assert refused.json["error"]["code"] == "budget_per_day_reached"
        assert int(refused.headers["retry-after"]) > 0
        assert (await gateway.ask("0?", max_tokens=2, headers=as_tenant("blue")).reply()).tier == "hit"  # costs nothing

    asyncio.run(test())


def test_what_a_failed_call_did_not_take_is_given_back(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", budget="0.000100"),))  # one request's worst case, not two
        gateway.led.failures = [ProviderError("down", kind="refused") for _ in range(3)]
        headers = as_tenant("blue")
        asked = [(await gateway.ask(max_tokens=2, headers=headers).reply()).status for _ in range(4)]
        assert asked == [502, 502, 502, 200]
        assert gateway.serving.budgets.spent("blue")[0] == 7_000  # 3 tokens in at 1 dollar a million, 2 out at 2

    asyncio.run(test())


def test_an_answer_without_a_bound_is_not_bought_out_of_a_budget(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", budget="1"), tenant("red")))
        reply = await gateway.ask(headers=as_tenant("blue")).reply()
        assert (reply.status, reply.json["error"]["code"]) == (400, "unbounded_cost")
        assert (await gateway.ask(headers=as_tenant("red")).reply()).status == 200

    asyncio.run(test())


@pytest.mark.parametrize(
    ("limits", "name"),
    [({"requests_per_minute": 2}, "requests_per_minute"), ({"tokens_per_minute": 10}, "tokens_per_minute")],
)
def test_a_key_that_has_used_its_minute_is_told_when_to_come_again(
    tmp_path: Path, limits: dict[str, int], name: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", **limits), tenant("red")))
        statuses = [(await gateway.ask(f"{n}?", headers=as_tenant("blue")).reply()).status for n in range(2)]
        refused = await gateway.ask("2?", headers=as_tenant("blue")).reply()
        assert (statuses, refused.status, refused.json["error"]["code"]) == ([200, 200], 429, f"{name}_reached")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert (await gateway.ask("2?", headers=as_tenant("red")).reply()).status == 200

    asyncio.run(test())


def test_a_key_may_have_so_many_requests_under_way(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", concurrency=2),))
        gateway.led.gate.clear()
        first = [gateway.ask(f"{number}?", headers=as_tenant("blue")) for number in range(2)]
        await settled()
        third = await gateway.ask("2?", headers=as_tenant("blue")).reply()
        assert (third.status, third.json["error"]["code"]) == (429, "concurrency_reached")
        gateway.led.gate.set()
        assert [(await client.reply()).status for client in first] == [200, 200]
        assert (await gateway.ask("2?", headers=as_tenant("blue")).reply()).status == 200

    asyncio.run(test())


def test_a_search_whose_fee_nobody_knows_is_not_bought_out_of_a_budget(tmp_path: Path) -> None:
    async def test() -> None:
        free = Model("free", provider="scripted", price=Prices("0", "0"))
        gateway = house(tmp_path, models=(MODEL, free), tenants=(tenant("blue", budget="1"), tenant("red")))
        asked = {"max_completion_tokens": 9, "web_search_options": {}}
        refused = await gateway.ask(headers=as_tenant("blue"), **asked).reply()
        assert (refused.status, refused.json["error"]["code"]) == (400, "unbounded_cost")
        assert (await gateway.ask(headers=as_tenant("blue"), **asked, model="free").reply()).status == 200
        assert (await gateway.ask(headers=as_tenant("red"), **asked).reply()).status == 200

    asyncio.run(test())


def test_what_a_request_saves_is_held_against_the_service_tier_that_it_asks_for(tmp_path: Path) -> None:
    async def test() -> None:
        listed = Model("m", base_url="https://api.openai.com/v1", upstream_model="gpt-5.2")
        gateway = house(tmp_path, models=(listed,))
        for tier in ({"service_tier": "flex"}, {}, {}, {"service_tier": "flex"}, {"service_tier": "default"}):
            await gateway.ask(**tier).reply()
        assert gateway.tiers == ["miss"] + ["hit"] * 4
        flex, *standard, flex_again, default = [row.baseline for row in gateway.rows]
        assert flex == flex_again == gateway.rows[0].spent
        assert [*standard, default] == [2 * (flex or 0)] * 3
        assert gateway.rows[0].saved_by_choice == 0

    asyncio.run(test())


def test_a_service_tier_of_unknown_price_is_not_bought_out_of_a_budget(tmp_path: Path) -> None:
    async def test() -> None:
        listed = Model("m", base_url="https://api.openai.com/v1", upstream_model="gpt-5.2")
        gateway = house(tmp_path, models=(listed,), tenants=(tenant("blue", budget="1"), tenant("red")))
        asked = [
            await gateway.ask(f"{tier}?", headers=as_tenant(who), service_tier=tier, max_completion_tokens=5).reply()
            for who, tier in (("blue", "made-up"), ("red", "made-up"), ("blue", "flex"), ("blue", "priority"))
        ]
        assert [reply.status for reply in asked] == [400, 200, 200, 200]
        assert asked[0].json["error"]["code"] == "unbounded_cost"
        *_, unknown, flex, priority = [row.spent for row in gateway.rows]
        assert unknown is None
        assert priority == 4 * (flex or 0)

    asyncio.run(test())


def test_a_tenant_called_anybody_has_its_budget_like_any_other(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("anybody", budget="0"),))
        reply = await gateway.ask(headers=as_tenant("anybody"), max_tokens=5).reply()
        assert (reply.status, reply.json["error"]["code"]) == (400, "above_budget_per_day")

    asyncio.run(test())


def test_who_leaves_before_the_end_has_used_the_tokens_that_the_call_took(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", tokens_per_minute=10),))
        gateway.led.stream, gateway.led.steps = pieces(*["word "] * 50), asyncio.Semaphore(30)
        client = gateway.ask(headers=as_tenant("blue"), stream=True)
        await client.chunks(1)
        await settled()
        client.leave()
        await client.task
        await settled()
        assert gateway.rows[-1].status == 499
        reply = await gateway.ask("next?", headers=as_tenant("blue")).reply()
        assert (reply.status, reply.json["error"]["code"]) == (429, "tokens_per_minute_reached")

    asyncio.run(test())


def test_a_call_whose_price_is_not_known_takes_from_a_budget_what_was_held_for_it_at_the_tier_that_it_asked_for(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        listed = Model("m", base_url="https://api.openai.com/v1", upstream_model="gpt-5.2")
        gateway = house(tmp_path, models=(listed,), tenants=(tenant("blue", budget="1"), tenant("red", budget="1")))
        gateway.led.answer = whole("four").replace(b'"usage"', b'"service_tier": "made-up", "usage"')
        for who, tier in (("blue", "default"), ("red", "priority")):
            fields = {"service_tier": tier, "max_completion_tokens": 5}
            assert (await gateway.ask(headers=as_tenant(who), **fields).reply()).status == 200
        assert [row.spent for row in gateway.rows] == [None, None]
        standard, priority = (gateway.serving.budgets.spent(who)[0] for who in ("blue", "red"))
        assert standard > 0
        assert priority == pytest.approx(2 * standard, rel=0.02), "twice the price, for a request of a letter more"

    asyncio.run(test())
