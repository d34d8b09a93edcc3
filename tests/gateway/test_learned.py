"""A route whose multiplexer is learned: texts decide, feedback moves the choice, restarts and reloads keep it."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from house import Cut, House, Reply, house, whole
from outcomes import a_poem, a_sum, fitted_file
from pantler.config.values import Cache, Choice, Model, Objective, Prices, Route, Semantic
from pantler.core.asks import Ask
from pantler.embedders.hashing import Hashing
from pantler.fitted import read_fitted, write_fitted
from pantler.gateway.conversations import conversation
from pantler.gateway.goals import pace_of, solved
from pantler.gateway.setup import set_up
from pantler.learning.exploring import Exploring
from pantler.ledgers.reading import reading
from pantler.live.weighing import bearable_beside
from pantler.multiplexers.by_route import ByRoute

CHEAP = Model("cheap", provider="scripted", price=Prices("1", "1"))
DEAR = Model("dear", provider="scripted", price=Prices("10", "10"))
FRESH = {"cache-control": "no-cache"}  # every request is decided anew


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_file(tmp_path_factory.mktemp("fitted"))


def route(file: Path | None, **choice: Any) -> Route:
    made = Choice("learned", fitted="" if file is None else str(file), appraisal_seconds=30.0, **choice)
    return Route("r", ("cheap", "dear"), objective=Objective(error_weight=0.002), multiplexer=made)


def gateway_of(folder: Path, each: Route, **tables: Any) -> House:
    return house(folder, opened=True, models=(CHEAP, DEAR), routes=(each,), **tables)


def looks_of(gateway: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The decisions for which the appraising thread is asked, as they come."""
    appraising = gateway.serving.appraising
    assert appraising is not None
    looks: list[str] = []
    look = appraising.look

    async def counted(errand: Any, miss: Any) -> Any:
        looks.append(errand.decision)
        return await look(errand, miss)

    monkeypatch.setattr(appraising, "look", counted)
    return looks


async def asked(gateway: House, question: str, **fields: Any) -> Reply:
    return await gateway.ask(question, model="r", headers=FRESH, **fields).reply()


async def rated(gateway: House, reply: Reply, *, good: bool) -> None:
    said = {"decision_id": reply.headers["x-pantler-decision"], "good": good}
    assert (await gateway.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200


def model_of(reply: Reply) -> str:
    return reply.headers["x-pantler-model"]


def test_different_models_are_chosen_for_different_texts_and_the_row_says_why(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(file))
        assert model_of(await asked(gateway, a_sum(1234))) == "cheap"
        assert model_of(await asked(gateway, a_poem(1234))) == "dear"
        for row in gateway.rows:
            cheap, dear = row.candidates
            assert (cheap.models, dear.models) == (("cheap",), ("dear",))
            assert {cheap.propensity, dear.propensity} == {0.0, 1.0}
            assert cheap.price is not None
            assert dear.price is not None
            assert 0.0 < cheap.price < dear.price
        assert gateway.rows[0].candidates[0].wrong < 0.3
        assert gateway.rows[1].candidates[0].wrong > 0.7
        assert gateway.rows[0].multiplexer.startswith("learned")
        await gateway.close()

    asyncio.run(test())


def test_the_whole_conversation_decides_and_not_its_last_line(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(file))
        turns = [{"role": "user", "content": a_poem(7)}, {"role": "assistant", "content": "Blue."}]
        last = {"role": "user", "content": "go on"}
        assert model_of(await asked(gateway, "", messages=[*turns, last])) == "dear"
        await gateway.close()

    asyncio.run(test())


def test_feedback_moves_the_choice_and_a_restart_and_a_reload_keep_it(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        folder = tmp_path / "kept"
        gateway = gateway_of(tmp_path, route(file), cache=Cache(path=str(folder)))
        for number in range(40):
            reply = await asked(gateway, a_sum(number))
            if model_of(reply) == "cheap":
                await rated(gateway, reply, good=False)
        assert model_of(await asked(gateway, a_sum(50))) == "dear"
        setup = gateway.serving.setup
        gateway.serving.use(set_up(setup.config, setup.upstreams, gateway.keeping.secret))
        assert model_of(await asked(gateway, a_sum(51))) == "dear"
        await gateway.close()
        again = gateway_of(tmp_path, route(file), cache=Cache(path=str(folder)))
        assert model_of(await asked(again, a_sum(52))) == "dear"
        await again.close()

    asyncio.run(test())


def test_a_near_answer_is_weighed_against_what_the_text_itself_is_expected_to_cost(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each request, before the look, and the call is chosen by the same appraisal."""
    borne: dict[bool, float] = {}

    def spied(engine: Any, miss: Any, weights: Any) -> Any:
        assert miss.query.appraisal is not None
        most = bearable_beside(engine, miss, weights)
        borne[miss.query.appraisal.wrong[0] > 0.5] = most(0)
        return most

    async def test() -> None:
        monkeypatch.setattr("pantler.live.semantic.bearable_beside", spied)
        near = Semantic(embedder="hashing", deadline_seconds=30.0, max_wrong_per_hit=1.0)
        gateway = gateway_of(tmp_path, replace(route(file), semantic=near))
        looks = looks_of(gateway, monkeypatch)
        assert model_of(await gateway.ask(a_sum(1), model="r").reply()) == "cheap"
        poem = a_poem(1).replace("Write a", "Is there a")  # for what is to be written nothing near is looked for
        assert model_of(await gateway.ask(poem, model="r").reply()) == "dear"
        assert len(looks) == 2
        assert borne[True] > borne[False], "a poem costs more than a sum, so more doubt is borne"
        await gateway.close()

    asyncio.run(test())


def test_an_exact_hit_appraises_nothing(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(file))
        looks = looks_of(gateway, monkeypatch)
        for _ in range(3):
            await gateway.ask(a_sum(1), model="r").reply()
        assert gateway.tiers == ["miss", "hit", "hit"]
        assert len(looks) == 1
        await gateway.close()

    asyncio.run(test())


def test_a_text_that_takes_too_long_is_decided_by_the_rates_of_the_route(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        each = route(file)
        gateway = gateway_of(tmp_path, replace(each, multiplexer=replace(each.multiplexer, appraisal_seconds=0.01)))
        appraising, done = gateway.serving.appraising, Event()
        assert appraising is not None
        await appraising._warm("r")
        monkeypatch.setattr(gateway.serving.setup.hearings["r"].expert, "appraise", lambda *_: done.wait())
        assert model_of(await asked(gateway, a_sum(1))) == "dear"
        assert "fewer than 30 labels; its text was not looked at in time" in gateway.rows[0].reason
        assert appraising.late == 1
        done.set()
        await gateway.close()

    asyncio.run(test())


def test_the_first_requests_wait_until_what_looks_at_texts_is_loaded(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Event()
    embed = Hashing.embed

    def cold(self: Hashing, texts: Sequence[str]) -> Any:
        assert not texts or loaded.wait(30.0)  # of none it is told whether its package is there
        return embed(self, texts)

    async def test() -> None:
        monkeypatch.setattr(Hashing, "embed", cold)
        gateway = gateway_of(tmp_path, route(file))
        appraising = gateway.serving.appraising
        assert appraising is not None
        warm, warming = appraising._warm, appraising._warming["r"]
        monkeypatch.setattr(appraising._worker, "is_late", lambda _: not warming.done())

        async def warmed(name: str) -> None:
            assert not warming.done()
            loaded.set()
            await warm(name)

        monkeypatch.setattr(appraising, "_warm", warmed)
        assert model_of(await asked(gateway, a_sum(1234))) == "cheap"
        assert appraising.late == 0
        await gateway.close()

    asyncio.run(test())


def test_from_nothing_the_reference_model_is_asked_first(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(None, embedder="hashing"))
        assert model_of(await asked(gateway, a_sum(1))) == "dear"
        assert gateway.rows[0].candidates[0].wrong > gateway.rows[0].candidates[1].wrong
        await gateway.close()

    asyncio.run(test())


def test_a_newcomer_is_weighed_though_nothing_of_it_was_fitted(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        late = Model("late", provider="scripted", price=Prices("9", "9"))
        each = replace(route(file, newcomers=("late",)), models=("cheap", "late", "dear"))
        gateway = house(tmp_path, opened=True, models=(CHEAP, DEAR, late), routes=(each,))
        reply = await asked(gateway, a_poem(3))
        assert model_of(reply) in {"late", "dear"}
        chances = {row.models: row.wrong for row in gateway.rows[0].candidates}
        assert chances["late",] < chances["cheap",]
        await gateway.close()

    asyncio.run(test())


def test_a_streamed_answer_is_chosen_for_alike(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(file))
        gateway.led.answer = whole("blue")
        assert (await asked(gateway, a_poem(1), stream=True)).status == 200
        assert gateway.led.asks[0].model == "dear"
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("chat", {"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]}, "a\nb"),
        ("chat", {"messages": [{"role": "user", "content": [{"type": "text", "text": "c"}, {"type": "x"}]}]}, "c"),
        ("chat", {"messages": [{"role": "assistant", "content": None}, 3]}, ""),
        ("completion", {"prompt": "d"}, "d"),
        ("completion", {"prompt": ["e", 7, "f"]}, "e\nf"),
        ("embedding", {"input": "g"}, ""),
    ],
)
def test_a_conversation_is_all_that_is_text_in_it(operation: str, body: dict[str, Any], said: Sequence[str]) -> None:
    assert conversation(Ask(operation, "r", body)) == said


def test_a_goal_of_quality_is_solved_on_the_traffic_and_shown_everywhere(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        each = replace(route(file), objective=Objective(max_quality_loss=0.05))
        kept = Cache(path=str(tmp_path))
        gateway = gateway_of(tmp_path, each, cache=kept)
        for number in range(40):
            gateway.clock.now += 1.0
            await asked(gateway, a_sum(number) if number % 2 else a_poem(number))
        assert "a wrong answer at $" in gateway.rows[-1].reason
        assert b'pantler_error_weight_dollars{route="r"}' in gateway.serving.metrics.text()
        config = gateway.serving.setup.config
        await gateway.close()
        (told,) = solved(config)
        assert told.reached is not None
        assert told.reached.wrong <= told.reached.reference_wrong + 0.05
        assert told.told().startswith("r: a wrong answer at $")

    asyncio.run(test())


def test_a_budget_is_solved_by_the_pace_that_the_gateway_has_itself(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        each = replace(route(file), objective=Objective(budget="$0.01/day"))
        gateway = gateway_of(tmp_path, each, cache=Cache(path=str(tmp_path)))
        for number in range(30):
            gateway.clock.now += 700.0 if number % 10 else 9_000.0
            await asked(gateway, a_sum(number) if number % 2 else a_poem(number))
        pursuit = gateway.keeping.engine.multiplexer.routes["r"].pursuit  # type: ignore[attr-defined]
        await gateway.close()
        with reading(tmp_path) as connection:
            pace = pace_of(connection, "r")
        assert pace.spent > 0.0
        assert pace.spent == pytest.approx(pursuit.pace.spent)
        assert pace.requests_a_day(1e7) == pytest.approx(pursuit.pace.requests_a_day(1e7), rel=0.01)

    asyncio.run(test())


def test_a_conversation_goes_on_with_the_model_that_has_read_it_and_a_new_one_does_not(tmp_path: Path) -> None:
    """Once the dear model's provider has read a long beginning, its cached price is the lower one."""
    dear = replace(DEAR, price=Prices("10", "10", cached_in="0.1"))
    long = [{"role": "user", "content": "Read this: " + "word " * 2000}]

    async def test() -> None:
        gateway = house(
            tmp_path, opened=True, models=(CHEAP, dear), routes=(replace(route(None), objective=Objective()),)
        )
        threads = gateway.keeping.engine.multiplexer.routes["r"].charges.threads  # type: ignore[attr-defined]
        assert model_of(await asked(gateway, "", messages=long)) == "cheap", "nothing but the price matters"
        (thread,) = threads._last
        answered = [*long, {"role": "assistant", "content": "four"}]
        now: list[dict[str, str]] = [{"role": "user", "content": f"and now {number}?"} for number in range(3)]
        assert model_of(await asked(gateway, "", messages=[*answered, now[0]])) == "cheap"
        threads._last[thread] = ("dear", gateway.clock.now)
        assert model_of(await asked(gateway, "", messages=[*answered, now[1]])) == "dear", "what it has read is cheap"
        gateway.clock.now += 400.0
        assert model_of(await asked(gateway, "", messages=[*answered, now[2]])) == "cheap", "it has forgotten by now"
        await gateway.close()

    asyncio.run(test())


def test_a_probe_is_told_of_a_file_that_is_not_to_be_promoted(tmp_path: Path) -> None:
    async def test() -> None:
        path = fitted_file(tmp_path)
        for warning in ("", "not shown to be better than dear: because"):
            write_fitted(replace(read_fitted(path), warning=warning), path)
            gateway = gateway_of(tmp_path / str(len(warning)), route(path))
            ready = json.loads((await gateway.get("/readyz").reply()).body)
            assert ready.get("not_promoted", {}) == ({"r": warning} if warning else {})

    asyncio.run(test())


def test_a_call_that_was_paid_for_and_failed_counts_against_the_routes_budget(file: Path, tmp_path: Path) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, replace(route(file), objective=Objective(budget="$50/day")))
        chooser = gateway.keeping.engine.multiplexer
        assert isinstance(chooser, ByRoute)
        each = chooser.routes["r"]
        assert isinstance(each, Exploring)
        assert each.pursuit is not None
        await asked(gateway, a_sum(1), stream=True)
        assert each.pursuit.pace.spent == gateway.rows[0].spent
        gateway.led.failures.append(Cut())
        await asked(gateway, a_sum(2), stream=True)
        assert gateway.rows[1].spent
        assert each.pursuit.pace.spent == sum([row.spent or 0 for row in gateway.rows])
        await gateway.close()

    asyncio.run(test())


def test_ratings_of_requests_that_the_cache_stands_aside_for_teach_by_the_text_that_each_was(
    file: Path, tmp_path: Path
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path, route(file))
        chooser = gateway.keeping.engine.multiplexer
        assert isinstance(chooser, ByRoute)
        each = chooser.routes["r"]
        assert isinstance(each, Exploring)
        unseen = {"cache-control": "no-store"}
        replies = [await gateway.ask(text, model="r", headers=unseen).reply() for text in (a_sum(1), a_poem(1))]
        assert [row.tier for row in gateway.rows] == ["bypass", "bypass"]
        for number, reply in enumerate(replies, 1):
            await rated(gateway, reply, good=False)
            assert each.correction.labels == number
        await gateway.close()

    asyncio.run(test())
