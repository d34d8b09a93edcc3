"""A route that asks another model beside whoever has answered, before an answer is served and behind a hit."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from house import SECRET, House, Reply, house, settled, whole
from pantler.appraisers.mean import Mean
from pantler.config.keys import digest
from pantler.config.values import Choice, Key, Model, Objective, Prices, Route, Tenant
from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.fitted import Fitted, write_fitted
from pantler.learning.erring import Erring

MODELS = ("one", "other", "dear")
PRICES = (Prices("1", "1"), Prices("1", "1"), Prices("10", "10"))
FAILS = "fails"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two cheap models that err in three of ten answers, a dear one that hardly does, each by itself."""
    path, rates = tmp_path / "route.pantler", np.array([0.3, 0.3, 0.05], np.float32)
    apart = Erring(np.zeros(3), np.ones(1), np.zeros(1), np.full(1, 0.1), 10.0)
    prices, lengths = (1e-6, 1e-6, 1e-5), (20.0, 20.0, 20.0)
    mean = Mean([], np.zeros(0, np.float32), rates)
    write_fitted(Fitted(MODELS, "hashing", prices, prices, lengths, mean, erring=apart), path)
    return path


def gateway_of(file: Path, says: Mapping[str, str], *, error: float = 0.001, **tables: Any) -> House:
    """A gateway whose models say what they are to say."""
    fallbacks = () if "tenants" in tables else ("dear",)  # for which money is held from the start
    choice = Choice(
        "learned", "agreement", cascades=True, fitted=str(file), appraisal_seconds=30.0, upgrade_budget="$1/day",
        exploration=0.0,
    )  # fmt: skip
    route = Route("r", MODELS, objective=Objective(error_weight=error), multiplexer=choice, fallbacks=fallbacks)
    models = tuple(Model(name, provider="scripted", price=price) for name, price in zip(MODELS, PRICES, strict=True))
    gateway = house(file.parent, **{"models": models, "routes": (route,), **tables})

    async def answer(ask: Ask) -> bytes:
        gateway.led.asks.append(ask)
        if says[ask.model] == FAILS:
            raise ProviderError(f"{ask.model} takes no connection", kind="refused")
        return whole(says[ask.model], ask.model)

    gateway.led.whole = answer  # type: ignore[method-assign]  # each in its own words
    return gateway


async def asked(gateway: House, **fields: Any) -> Reply:
    return await gateway.ask("How much is 2 and 2?", model="r", **fields).reply()


def models_asked(gateway: House) -> list[str]:
    return [ask.model for ask in gateway.led.asks]


@pytest.mark.parametrize(
    ("says", "calls", "kept"),
    [
        ({"one": "Four.", "other": "four"}, ["one", "other"], "one"),
        ({"one": "five", "other": "four", "dear": "four"}, ["one", "other", "dear"], "dear"),
        ({"one": "four", "other": "five", "dear": "four"}, ["one", "other", "dear"], "one"),
        ({"one": "five", "other": FAILS}, ["one", "other"], "one"),
        ({"one": FAILS, "other": "four", "dear": "four"}, ["one", "dear"], "dear"),
    ],
    ids=["they agree", "they differ and the first is alone", "they differ", "the other fails", "the first fails"],
)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_others_are_asked_until_the_answer_is_sure_enough_and_the_surest_is_served(
    file: Path, says: dict[str, str], calls: list[str], kept: str, streamed: bool
) -> None:
    async def test() -> None:
        gateway = gateway_of(file, says)
        reply = await asked(gateway, stream=streamed)
        assert reply.status == 200
        text = reply.text if streamed else reply.json["choices"][0]["message"]["content"]
        assert (text, models_asked(gateway)) == (says[kept], calls)
        (row,) = gateway.rows
        assert (row.model, [call.model for call in row.asked]) == (kept, calls)
        assert row.spent == sum(call.spent or 0 for call in row.asked)
        if FAILS not in says.values():
            assert (await asked(gateway, stream=streamed)).tier == "hit"
        await gateway.close()

    asyncio.run(test())


def test_who_is_surer_behind_a_hit_is_kept_and_what_is_stored_stays_where_that_is(file: Path) -> None:
    async def test() -> None:
        says = {"one": "four", "other": "five", "dear": "four"}
        gateway = gateway_of(file, says, error=2e-5)
        for _ in range(60):
            reply = await asked(gateway)
            await settled()
        assert reply.json["choices"][0]["message"]["content"] == "four"
        assert models_asked(gateway)[:2] == ["one", "other"], "one alone before it was popular"
        assert gateway.tiers[0] == "miss"
        assert gateway.tiers.count("hit") == 59, "nothing that is stored was lost"
        (item,) = [gateway.keeping.engine.cache.peek(key) for key in gateway.keeping.engine.cache]
        assert item is not None
        assert item.payload.wrong < 0.05
        await gateway.close()

    asyncio.run(test())


def test_where_a_budget_has_no_room_for_another_the_best_so_far_is_served(file: Path) -> None:
    async def test() -> None:
        says = {"one": "five", "other": "four", "dear": "four"}
        tenant = Tenant("t", (Key(digest(SECRET, "sk-t")),), budget_per_day="0.0006")
        gateway = gateway_of(file, says, tenants=(tenant,))
        reply = await gateway.ask(
            "2 and 2?", headers={"authorization": "Bearer sk-t"}, model="r", max_tokens=10
        ).reply()
        assert (reply.status, models_asked(gateway)) == (200, ["one", "other"])
        assert reply.json["choices"][0]["message"]["content"] == "five"
        for number in range(10):  # what was held for those is free again
            again = gateway.ask(f"{number}?", headers={"authorization": "Bearer sk-t"}, model="r", max_tokens=10)
            assert (await again.reply()).status == 200
        await gateway.close()

    asyncio.run(test())


def test_where_no_price_is_known_of_what_came_all_is_charged_that_was_held_for_those_who_were_asked(
    file: Path,
) -> None:
    names = zip(MODELS, ("gpt-5-mini", "gpt-5-mini", "gpt-5.2"), strict=True)
    listed = tuple(Model(name, base_url="https://api.openai.com/v1", upstream_model=each) for name, each in names)

    async def charged(says: dict[str, str], who: str) -> int:
        tenant = Tenant(who, (Key(digest(SECRET, "sk-t")),), budget_per_day="1")
        gateway = gateway_of(file, says, tenants=(tenant,), models=listed)
        answer = gateway.led.whole

        async def at_a_tier(ask: Ask) -> bytes:
            return (await answer(ask)).replace(b'"usage"', b'"service_tier": "made-up", "usage"')

        gateway.led.whole = at_a_tier  # type: ignore[method-assign]
        headers = {"authorization": "Bearer sk-t"}
        await gateway.ask("2 and 2?", headers=headers, model="r", max_tokens=10).reply()
        assert gateway.rows[0].spent is None
        assert models_asked(gateway) == list(says)
        spent, _ = gateway.serving.budgets.spent(who)
        await gateway.close()
        return spent

    async def test() -> None:
        of_two = await charged({"one": "four", "other": "four"}, "two")
        of_three = await charged({"one": "five", "other": "four", "dear": "four"}, "three")
        assert of_three > 2 * of_two > 0, "what was held for the dear one comes on top"

    asyncio.run(test())
