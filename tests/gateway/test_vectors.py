"""Vectors that are asked for by a route come from one model, since those of two cannot be compared."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import SECRET, House, Reply, house
from pantler.config.keys import digest
from pantler.config.values import Choice, Key, Model, Prices, Route, Tenant
from pantler.core.errors import ProviderError
from pantler.core.packing import as_kept

SMALL = Model("small", provider="scripted", price=Prices("1", "2"))
LARGE = Model("large", provider="scripted", price=Prices("10", "20"))
ANSWER = {"data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 4, "total_tokens": 4}}


def made(folder: Path, route: Route, **settings: Any) -> House:
    gateway = house(folder, models=(SMALL, LARGE), routes=(route,), **settings)
    gateway.led.answer = json.dumps(ANSWER).encode()
    return gateway


async def embed(gateway: House, **headers: str) -> Reply:
    body = json.dumps({"model": "r", "input": "four"}).encode()
    return await gateway.post("/v1/embeddings", body, headers).reply()


CASCADE = Route("r", ("small", "large"), multiplexer=Choice("cascade"))
TABULAR = Route("r", ("small", "large"), multiplexer=Choice("tabular", few_labels=0))
BY_REFERENCE = Route("r", ("small", "large"), reference="small")


@pytest.mark.parametrize(
    ("route", "model"),
    [(CASCADE, "large"), (TABULAR, "large"), (BY_REFERENCE, "small")],
    ids=["cascade", "tabular", "reference"],
)
def test_the_reference_model_alone_gives_them(tmp_path: Path, route: Route, model: str) -> None:
    async def test() -> None:
        gateway = made(tmp_path, route)
        assert [(await embed(gateway)).tier for _ in range(2)] == ["miss", "hit"]
        assert [ask.model for ask in gateway.led.asks] == [model]
        assert [row.model for row in gateway.rows] == [model] * 2

    asyncio.run(test())


def test_they_tell_nothing_of_how_long_a_models_answers_are(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, CASCADE)
        await embed(gateway)
        assert gateway.keeping.ratios.snapshot() == []

    asyncio.run(test())


def test_they_tell_the_route_nothing_of_what_words_cost(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, TABULAR)
        engine = gateway.keeping.engine
        before = as_kept(engine.multiplexer.snapshot())["r"]
        assert [(await embed(gateway)).tier for _ in range(2)] == ["miss", "hit"]
        assert as_kept(engine.multiplexer.snapshot())["r"] == before
        engine.adopt(engine.multiplexer)  # by the model's own route
        assert (await embed(gateway)).tier == "hit"

    asyncio.run(test())


def test_nor_does_what_is_said_of_them(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, TABULAR, opened=True)
        engine = gateway.keeping.engine
        before = as_kept(engine.multiplexer.snapshot())["r"]
        answer = await embed(gateway)
        said = json.dumps({"decision_id": answer.headers["x-pantler-decision"], "good": False}).encode()
        told = await gateway.post("/v1/feedback", said).reply()
        assert told.json["dropped"]
        assert as_kept(engine.multiplexer.snapshot())["r"] == before
        await gateway.close()

    asyncio.run(test())


def test_nobody_stands_in_for_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = made(tmp_path, replace(CASCADE, fallbacks=("small",)))
        gateway.led.failures = [ProviderError("it is down", kind="status", status=500) for _ in range(9)]
        assert (await embed(gateway)).status >= 500
        assert {ask.model for ask in gateway.led.asks} == {"large"}

    asyncio.run(test())


def test_a_budget_holds_for_it_alone(tmp_path: Path) -> None:
    async def test() -> None:
        key = Key(digest(SECRET, "sk-t"))
        tenant = Tenant("t", (key,), budget_per_day="0.000100")  # of the dear model's worst case a third
        gateway = made(tmp_path, BY_REFERENCE, tenants=(tenant,))
        assert (await embed(gateway, authorization="Bearer sk-t")).status == 200

    asyncio.run(test())
