"""Answers that are asked for anew behind a hit: better models where that pays, within a share of spending."""

import asyncio
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from house import MODEL, House, house, settled
from pantler.config.values import Choice, Route
from pantler.core.errors import ProviderError
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Rating, Serve
from pantler.live.errands import Errand

CHEAP, DEAR = replace(MODEL, name="cheap"), replace(MODEL, name="dear")
PRICE = 7_000  # nano-dollars, of either model
FILLERS = 10  # calls of which a tenth pays for one upgrade


class Upgrading(Steady):
    """Asks the cheap model, and the dear one at the first hit on its answer."""

    revisits = True

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return Call(Plan(("cheap",)), 1.0)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return Serve(event.query, event.model, 1.0) if isinstance(event, Outcome) else stored

    def revalue(self, stored: Serve) -> float:
        return 1.0

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return Call(Plan(("dear",)), PRICE) if stored.model == "cheap" else None


def upgrading(folder: Path, share: float = 0.1) -> House:
    route = Route("r", ("cheap", "dear"), multiplexer=Choice(upgrade_share=share))
    gateway = house(folder, models=(CHEAP, DEAR), routes=(route,))
    gateway.keeping.engine.adopt(Upgrading())
    return gateway


async def models(gateway: House, *questions: str) -> list[str]:
    told = []
    for question in questions:
        told.append((await gateway.ask(question, model="r").reply()).headers["x-pantler-model"])
        await settled()
    return told


def test_a_popular_answer_is_upgraded_behind_a_hit_and_the_upgrade_has_a_row_of_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = upgrading(tmp_path)
        await models(gateway, *(f"{number}?" for number in range(FILLERS)))
        assert await models(gateway, "0?", "0?", "0?") == ["cheap", "dear", "dear"]
        upgrade = gateway.rows[FILLERS + 1]
        assert (upgrade.tier, upgrade.model, upgrade.spent, upgrade.baseline) == ("miss", "dear", PRICE, 0)
        assert upgrade.saved_by_cache == -PRICE  # what the cache costs beside what it saves
        assert upgrade.decision.endswith("-renewed")

    asyncio.run(test())


def test_no_answer_is_upgraded_behind_the_hit_of_who_takes_what_is_stored_only(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = upgrading(tmp_path)
        await models(gateway, *(f"{number}?" for number in range(FILLERS)))
        hit = await gateway.ask("0?", model="r", headers={"cache-control": "only-if-cached"}).reply()
        await settled()
        assert (hit.tier, gateway.led.calls) == ("hit", FILLERS)

    asyncio.run(test())


@pytest.mark.parametrize(("share", "upgrades"), [(0.0, 0), (0.1, 2), (0.25, 6), (1.0, 25)])
def test_upgrades_cost_no_more_than_the_share_of_what_calls_cost(tmp_path: Path, share: float, upgrades: int) -> None:
    async def test() -> None:
        gateway = upgrading(tmp_path, share)
        questions = [f"{number}?" for number in range(25)]
        await models(gateway, *questions, *questions)
        assert gateway.led.calls == 25 + upgrades

    asyncio.run(test())


def test_upgrades_cost_no_more_than_the_sum_that_a_day_may_take(tmp_path: Path) -> None:
    async def test() -> None:
        route = Route("r", ("cheap", "dear"), multiplexer=Choice(upgrade_budget="$0.000021/day"))
        gateway = house(tmp_path, models=(CHEAP, DEAR), routes=(route,))
        gateway.keeping.engine.adopt(Upgrading())
        questions = [f"{number}?" for number in range(6)]
        await models(gateway, *questions, *questions)
        assert gateway.led.calls == 6 + 3
        gateway.clock.now += 86_400.0
        await models(gateway, *questions)
        assert gateway.led.calls == 6 + 6, "and as much again on the next"

    asyncio.run(test())


class Misjudging(Upgrading):
    """Expects an upgrade to cost so much, which costs PRICE."""

    def __init__(self, expected: float) -> None:
        self._expected = expected

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return Call(Plan(("dear",)), self._expected) if stored.model == "cheap" else None


@pytest.mark.parametrize("expected", [0.5, 2.0])
def test_an_upgrade_is_paid_for_by_what_it_took_and_not_by_what_was_expected(tmp_path: Path, expected: float) -> None:
    async def test() -> None:
        gateway = upgrading(tmp_path)
        gateway.keeping.engine.adopt(Misjudging(expected * PRICE))
        questions = [f"{number}?" for number in range(2 * FILLERS)]
        await models(gateway, *questions, "0?")
        purse = gateway.serving.loop.purses["r", "upgrades"]
        assert (purse.spent, purse.left) == (PRICE, pytest.approx(PRICE))

    asyncio.run(test())


def test_an_upgrade_that_no_limit_has_room_for_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(errand: Errand, call: Call) -> NoReturn:
        raise ProviderError("nothing is left", kind="refused")

    async def test() -> None:
        gateway = upgrading(tmp_path)
        await models(gateway, *(f"{number}?" for number in range(FILLERS)))
        loop = gateway.serving.loop
        monkeypatch.setattr(loop.calls, "prepare", refused)
        assert await models(gateway, "0?") == ["cheap"]
        assert loop.purses["r", "upgrades"].spent == 0.0

    asyncio.run(test())


def test_an_upgrade_that_fails_leaves_what_is_stored(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = upgrading(tmp_path)
        await models(gateway, *(f"{number}?" for number in range(FILLERS)))
        gateway.led.failures = [ProviderError("down", kind="refused")]
        assert await models(gateway, "0?", "0?") == ["cheap", "cheap"]
        assert gateway.serving.loop.purses["r", "upgrades"].left <= 0.0, "or the next hit would try it again"

    asyncio.run(test())
