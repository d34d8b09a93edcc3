"""Budgets hold though a request's own limit is not what its upstream goes by."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, House, house, settled, whole
from loopback import ask, calling, model, running
from pantler.config.keys import digest
from pantler.config.values import Key, Prices, Tenant
from raw_upstream import upstream, well

DEAR = replace(MODEL, price=Prices("0", "100000"), max_tokens_out=5)  # ten cents a token


def tenant(name: str, budget: str | None = None) -> Tenant:
    return Tenant(name, (Key(digest(SECRET, f"sk-{name}")),), budget_per_day=budget)


def as_tenant(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{name}"}


def writing(tokens: int) -> bytes:
    usage = {"prompt_tokens": 3, "completion_tokens": tokens, "total_tokens": 3 + tokens}
    return json.dumps({**json.loads(whole("four")), "usage": usage}).encode()


async def six(gateway: House, **fields: Any) -> Counter[int]:
    """The statuses of six requests at once."""
    gateway.led.gate.clear()
    asked = [gateway.ask(f"{fields} {number}?", headers=as_tenant("blue"), **fields) for number in range(6)]
    await settled()
    gateway.led.gate.set()
    return Counter([(await client.reply()).status for client in asked])


@pytest.mark.parametrize(
    "fields",
    [{"max_tokens": 1, "n_predict": 5}, {"max_tokens": -1}, {"max_tokens": 0}, {"max_tokens": -1, "n": 1}],
    ids=repr,
)
def test_a_limit_that_may_not_hold_reserves_the_models_longest_answer(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(DEAR,), tenants=(tenant("blue", budget="1"),))
        gateway.led.answer = writing(5)
        assert await six(gateway, **fields) == {200: 2, 429: 4}
        assert gateway.serving.budgets.spent("blue")[0] == 1_000_000_000

    asyncio.run(test())


def test_a_field_that_is_not_known_needs_a_model_whose_longest_answer_is(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, tenants=(tenant("blue", budget="1"), tenant("red")))
        fields = {"max_tokens": 1, "n_predict": 5}
        reply = await gateway.ask(headers=as_tenant("blue"), **fields).reply()
        assert (reply.status, reply.json["error"]["code"]) == (400, "unbounded_cost")
        assert (await gateway.ask(headers=as_tenant("red"), **fields).reply()).status == 200

    asyncio.run(test())


@pytest.mark.parametrize("fields", [{"max_tokens": 1}, {"n_predict": 8}], ids=repr)
def test_an_answer_longer_than_its_bound_is_charged_told_and_reserved_for_from_then_on(
    tmp_path: Path, fields: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(DEAR,), tenants=(tenant("blue", budget="2"),))
        gateway.led.answer = writing(8)
        assert (await gateway.ask(headers=as_tenant("blue"), **fields).reply()).status == 200
        assert gateway.serving.budgets.spent("blue")[0] == 800_000_000
        assert gateway.serving.books.overruns.count == 1
        assert "m wrote an answer of 8 tokens" in caplog.text
        assert await six(gateway, **fields) == {200: 1, 429: 5}
        assert gateway.serving.budgets.spent("blue")[0] == 1_600_000_000
        assert gateway.serving.books.overruns.count == 1

    asyncio.run(test())


@pytest.mark.parametrize("given", [{"max_tokens": -1}, {"max_completion_tokens": 0}], ids=repr)
def test_a_limit_that_is_none_goes_on_as_the_models_own(tmp_path: Path, given: dict[str, int]) -> None:
    async def test() -> None:
        async with upstream(well) as (place, calls):
            models = (replace(model(place), max_tokens_out=7),)
            async with running(tmp_path, models=models) as gateway, calling(gateway) as client:
                for fields in (given, {"max_tokens": 3}, {}):
                    for streamed in (False, True):
                        await client.send(ask(f"{fields} {streamed}", **fields, stream=streamed))
                        await client.whole()
                        went = {name: value for name, value in calls[-1].body.items() if name.startswith("max")}
                        assert went == (dict.fromkeys(given, 7) if fields is given else fields)

    asyncio.run(test())
