"""A learned route whose models change while answers are stored: what was expected of each stays that model's."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import House, house
from outcomes import a_poem, a_sum, fitted_file
from pantler.config.values import Choice, Config, Model, Objective, Prices, Route
from pantler.core.errors import ConfigError
from pantler.core.types import Serve
from pantler.gateway.reloading import Reloading

CHEAP = Model("cheap", provider="scripted", price=Prices("1", "1"))
LATE = Model("late", provider="scripted", price=Prices("9", "9"))
DEAR = Model("dear", provider="scripted", price=Prices("10", "10"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_file(tmp_path_factory.mktemp("fitted"))


def route(file: Path, *models: str, **choice: Any) -> Route:
    made = Choice("learned", fitted=str(file), appraisal_seconds=30.0, **choice)
    return Route("r", models, objective=Objective(error_weight=0.002), multiplexer=made, reference="dear")


async def stocked(folder: Path, each: Route) -> House:
    """A gateway that has answered a sum and a poem, which are stored."""
    gateway = house(folder, opened=True, models=(CHEAP, DEAR), routes=(each,))
    for question in (a_sum(1), a_poem(1)):
        assert (await gateway.ask(question, model="r").reply()).tier == "miss"
    return gateway


def reload(gateway: House, *, models: tuple[Model, ...] = (CHEAP, DEAR), each: Route) -> None:
    config = Config(models=models, routes=(each,))
    Reloading(lambda: config, {}, gateway.serving, gateway.serving.clocks).reload()


def worth(gateway: House) -> list[float]:
    """What a hit on each stored answer saves."""
    return [item.cost for _, item in sorted(gateway.keeping.engine.cache.residents.items())]


async def rated(gateway: House, decision: str) -> None:
    said = {"decision_id": decision, "good": True}
    assert (await gateway.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200


def test_models_in_another_order_keep_their_own_chances_and_prices(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path, route(file, "cheap", "dear"))
        engine = gateway.keeping.engine
        engine.adopt(engine.multiplexer)  # by what was learned since the answers came
        before = worth(gateway)
        reload(gateway, each=route(file, "dear", "cheap"))
        assert worth(gateway) == pytest.approx(before)
        await gateway.close()

    asyncio.run(test())


def test_a_model_is_added_while_answers_are_stored_which_can_still_be_rated(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path, route(file, "cheap", "dear"))
        hit = await gateway.ask(a_sum(1), model="r").reply()
        reload(gateway, models=(CHEAP, LATE, DEAR), each=route(file, "cheap", "late", "dear", newcomers=("late",)))
        assert len(worth(gateway)) == 2
        await rated(gateway, hit.headers["x-pantler-decision"])
        assert (await gateway.ask(a_sum(2), model="r").reply()).tier == "miss"
        assert {row.models for row in gateway.rows[-1].candidates} == {("cheap",), ("late",), ("dear",)}
        await gateway.close()

    asyncio.run(test())


def test_a_model_is_removed_while_answers_are_stored_and_the_other_is_asked_on(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path, route(file, "cheap", "dear"))
        stored: list[Serve] = [item.payload for item in gateway.keeping.engine.cache.residents.values()]
        assert sorted(serve.model for serve in stored) == ["cheap", "dear"]
        reload(gateway, models=(DEAR,), each=route(file, "dear"))
        for question in (a_sum(1), a_poem(1)):
            assert (await gateway.ask(question, model="r").reply()).status == 200
            assert {row.models for row in gateway.rows[-1].candidates} == {("dear",)}
        assert "cheap" not in gateway.serving.setup.upstreams
        await gateway.close()

    asyncio.run(test())


def test_what_cannot_value_what_is_stored_is_not_taken_up_in_part(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path, route(file, "cheap", "dear"))
        old, before, chooser = gateway.serving.setup, worth(gateway), gateway.keeping.engine.multiplexer
        other = replace(route(file, "cheap", "dear"), ttl_seconds=7.0)
        monkeypatch.setattr("pantler.multiplexers.by_route.ByRoute.revalue", lambda *_: 1 / 0)
        with pytest.raises(ConfigError, match="ZeroDivisionError"):
            reload(gateway, each=other)
        assert gateway.serving.setup is old
        assert gateway.serving.answers.desk is old.desk
        assert gateway.keeping.engine.multiplexer is chooser
        assert worth(gateway) == before
        await gateway.close()

    asyncio.run(test())
