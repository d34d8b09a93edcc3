"""A response says why it was decided so, where its request asks for that."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from house import House, Reply, house
from outcomes import a_sum, fitted_file
from pantler.config.values import Choice, Model, Objective, Prices, Route

CHEAP = Model("cheap", provider="scripted", price=Prices("1", "1"))
DEAR = Model("dear", provider="scripted", price=Prices("10", "10"))
WHY = {"x-pantler-explain": "1"}
TOLD = ("plan", "wrong", "propensity", "expected-price", "expected-hits", "reason")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_file(tmp_path_factory.mktemp("fitted"))


def gateway_of(folder: Path, file: Path, **fields: Any) -> House:
    choice = Choice("learned", fitted=str(file), appraisal_seconds=30.0)
    route = Route("r", ("cheap", "dear"), objective=Objective(error_weight=0.002), multiplexer=choice, **fields)
    return house(folder, opened=True, models=(CHEAP, DEAR), routes=(route,))


def told(reply: Reply) -> dict[str, str]:
    return {name: value for name in TOLD if (value := reply.headers.get(f"x-pantler-{name}")) is not None}


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_tells_its_plan_with_what_was_expected_of_it(stream: bool, file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, file)
        silent = await gateway.ask(a_sum(1), model="r").reply()
        assert told(silent) == {}
        reply = await gateway.ask(a_sum(2), model="r", headers=WHY, stream=stream).reply()
        why, row = told(reply), gateway.rows[-1]
        assert tuple(why) == TOLD
        asked = next(each for each in row.candidates if each.propensity == 1.0)
        assert (why["plan"], why["reason"]) == ("cheap", row.reason)
        assert asked.price is not None
        assert float(why["expected-price"]) == pytest.approx(asked.price / 1e9, abs=1e-9)
        assert float(why["wrong"]) == pytest.approx(asked.wrong, abs=1e-4)
        assert row.hits is not None
        assert float(why["expected-hits"]) == pytest.approx(row.hits, rel=1e-3)

    asyncio.run(test())


def test_a_hit_tells_what_is_believed_of_its_answer_as_its_row_does(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, file)
        first = await gateway.ask(a_sum(1), model="r").reply()
        before = await gateway.ask(a_sum(1), model="r", headers=WHY).reply()
        said = {"decision_id": first.headers["x-pantler-decision"], "good": True}
        assert (await gateway.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200
        after = await gateway.ask(a_sum(1), model="r", headers=WHY).reply()
        assert (before.tier, after.tier) == ("hit", "hit")
        assert 0.0 < float(told(after)["wrong"]) < float(told(before)["wrong"])
        rows = [row for row in gateway.rows if row.tier == "hit"]
        assert [row.wrong for row in rows] == [float(told(reply)["wrong"]) for reply in (before, after)]
        assert told(after)["reason"] == "exact"

    asyncio.run(test())


def test_what_tenants_share_is_not_explained(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, file, shared_between_tenants=True)
        for _ in range(2):
            assert told(await gateway.ask(a_sum(1), model="r", headers=WHY).reply()) == {}

    asyncio.run(test())
