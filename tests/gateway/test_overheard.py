"""What the gateway hears by itself: answers that are none and calls that fail move what is expected of their model."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from house import House, Led, Reply, house, pieces, settled, whole
from outcomes import a_sum, fitted_file
from pantler.config.values import Choice, Model, Objective, Prices, Route
from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.gateway import ratings
from pantler.learning.signals import TELLTALES, Signals

CHEAP = Model("cheap", provider="scripted", price=Prices("1", "1"))
DEAR = Model("dear", provider="scripted", price=Prices("10", "10"))
FRESH = {"cache-control": "no-cache"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
DOWN = ProviderError("cheap answered with status 500", kind="status", status=500)


class Two(Led):
    """A cheap model that answers as it is told to, or fails; the dear one does as it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.cheap: bytes | ProviderError = whole("four")

    async def whole(self, ask: Ask) -> bytes:
        await self._begin(ask)
        if ask.model != "cheap":
            return whole('{"a": 1}')
        if isinstance(self.cheap, ProviderError):
            raise self.cheap
        return self.cheap


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_file(tmp_path_factory.mktemp("fitted"))


def gateway_of(folder: Path, choice: Choice, **more: Any) -> tuple[House, Two]:
    route = Route("r", ("cheap", "dear"), objective=Objective(error_weight=0.002), multiplexer=choice, **more)
    gateway = house(folder, opened=True, models=(CHEAP, DEAR), routes=(route,))
    two = Two()
    two.gate.set()
    for upstream in gateway.serving.setup.upstreams.values():
        upstream.provider = two
    return gateway, two


def learned(file: Path) -> Choice:
    return Choice("learned", fitted=str(file), appraisal_seconds=30.0, exploration=0.0)


async def asked(gateway: House, number: int, **fields: Any) -> Reply:
    reply = await gateway.ask(a_sum(number), model="r", headers=FRESH, **fields).reply()
    await settled()
    await gateway.serving.ratings.settled()
    return reply


def models(replies: list[Reply]) -> list[str]:
    return [reply.headers["x-pantler-model"] for reply in replies]


def words(folder: Path) -> list[tuple[str, float]]:
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        return connection.execute("SELECT signal, good FROM words").fetchall()


@pytest.mark.parametrize(
    ("said", "fields", "signal"),
    [(whole(""), {}, "empty"), (whole("not json"), {"response_format": FORM}, "form")],
)
def test_a_model_whose_answers_show_that_they_are_none_is_passed_over_and_the_ledger_has_the_words(
    file: Path, tmp_path: Path, said: bytes, fields: dict[str, Any], signal: str
) -> None:
    async def test() -> None:
        gateway, two = gateway_of(tmp_path, learned(file))
        two.cheap = said
        found = models([await asked(gateway, number, **fields) for number in range(1000, 1012)])
        assert found[0] == "cheap"
        assert found[-3:] == ["dear"] * 3
        assert gateway.rows[-1].candidates[0].wrong > gateway.rows[0].candidates[0].wrong + 0.1
        await gateway.close()
        assert words(tmp_path) == [(signal, 0.0)] * found.count("cheap")

    asyncio.run(test())


def test_what_a_model_does_to_schemas_says_nothing_of_plain_text(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway, two = gateway_of(tmp_path, learned(file))
        two.cheap = whole("not json")
        for number in range(1000, 1012):
            await asked(gateway, number, response_format=FORM)
        await asked(gateway, 1020)
        formed, plain = (row.candidates[0].wrong for row in gateway.rows[-2:])
        assert plain < formed - 0.1
        await gateway.close()

    asyncio.run(test())


def test_a_stream_is_heard_too(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway, two = gateway_of(tmp_path, learned(file))
        two.stream = pieces("")
        await asked(gateway, 1000, stream=True)
        await gateway.close()
        assert words(tmp_path) == [("empty", 0.0)]

    asyncio.run(test())


@pytest.mark.parametrize("use", ["learned", "tabular"])
def test_where_the_chosen_model_fails_another_one_of_the_route_answers_and_failures_move_the_choice(
    file: Path, tmp_path: Path, use: str
) -> None:
    async def test() -> None:
        choice = learned(file) if use == "learned" else Choice("tabular", few_labels=0, exploration=0.0)
        gateway, two = gateway_of(tmp_path, choice)
        two.cheap = DOWN
        replies = [await asked(gateway, number) for number in range(1000, 1012)]
        assert [reply.status for reply in replies] == [200] * 12
        assert models(replies) == ["dear"] * 12
        assert any(row.asked[0].model == "cheap" for row in gateway.rows)
        assert [each.model for each in gateway.rows[-1].asked] == ["dear"], "it is passed over"
        gateway.clock.now += 3600.0
        two.cheap = whole("four")
        if use == "learned":
            before = gateway.rows[-1].candidates[0].wrong
            await asked(gateway, 1020)
            assert gateway.rows[-1].candidates[0].wrong < before - 0.1, "it is forgotten"
        await gateway.close()

    asyncio.run(test())


def test_a_route_may_say_that_nobody_stands_in(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway, two = gateway_of(tmp_path, learned(file), fallbacks=())
        two.cheap = DOWN
        assert (await asked(gateway, 1000)).status == 502
        await gateway.close()

    asyncio.run(test())


def test_a_request_that_no_model_would_answer_is_no_failure_of_its_model(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway, two = gateway_of(tmp_path, learned(file))
        two.cheap = ProviderError("cheap answered with status 400", kind="status", status=400)
        assert {(await asked(gateway, number)).status for number in range(1000, 1010)} == {400}
        assert gateway.rows[-1].candidates[0].wrong == pytest.approx(gateway.rows[0].candidates[0].wrong, abs=0.02)
        await gateway.close()

    asyncio.run(test())


def test_a_stored_answer_that_breaks_the_schema_is_let_go_of(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True)
        gateway.led.answer = whole("not json")
        for _ in range(2):
            reply = await gateway.ask("?", response_format=FORM).reply()
            assert reply.tier == "miss"
            await settled()
            await gateway.serving.ratings.settled()
        await gateway.close()

    asyncio.run(test())


def test_every_telltale_has_a_reliability_which_is_learned_where_it_meets_a_test(tmp_path: Path) -> None:
    assert all(Signals().reliability(name, 0.0) >= 0.75 for name in TELLTALES)

    async def test() -> None:
        gateway = house(tmp_path, opened=True)
        gateway.led.answer = whole("I'm sorry, I cannot do that.")
        before = gateway.serving.ratings.signals.reliability("refusal", 0.0)
        for number in range(5):
            reply = await gateway.ask(f"{number}?").reply()
            await settled()
            await gateway.serving.ratings.settled()
            said = {"decision_id": reply.headers["x-pantler-decision"], "good": True, "signal": "test"}
            assert (await gateway.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200
        assert gateway.serving.ratings.signals.reliability("refusal", 0.0) < before - 0.05
        await gateway.close()

    asyncio.run(test())


def test_words_beyond_those_under_way_are_counted_and_a_stored_answer_that_is_none_leaves_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratings, "MOST_WORDS", 2)

    async def test() -> None:
        gateway = house(tmp_path, opened=True)
        gateway.led.answer = whole("not json")
        asked = [gateway.ask(f"{number}?", response_format={"type": "json_object"}) for number in range(5)]
        for client in asked:
            await client.reply()
        assert gateway.keeping.store.named("model", "m") == []
        assert b"pantler_words_unheard_total 3.0" in gateway.serving.metrics.text()
        await gateway.serving.ratings.settled()
        await gateway.close()
        assert words(tmp_path) == [("form", 0.0)] * 2

    asyncio.run(test())
