"""What labels of near questions teach: aliases, what a judge is believed, what an audit says."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kitchen import ON, kitchen
from pantler.core.asks import Opinion
from pantler.judges.equality import Equality
from pantler.live.judging import doubt


def test_a_text_that_was_shown_equal_is_answered_as_an_exact_one_until_its_entry_leaves(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            assert (await kept.ask(again)).tier == "miss"
            key = int(kept.last.key_digest, 16)
            kept.house.serving.loop.forget([key])  # its own answer is evicted
            alias = await kept.ask(again)
            assert (alias.tier, alias.headers["x-pantler-reason"], kept.house.led.calls) == ("alias", "alias", 2)
            kept.house.serving.loop.forget([kept.entry(first)])
            assert (await kept.ask(again)).tier == "miss"

    asyncio.run(test())


def test_answers_that_differ_make_no_alias(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, "one")
            await kept.ask(again, "two")
            kept.house.serving.loop.forget([int(kept.last.key_digest, 16)])
            assert (await kept.ask(again, "two")).tier == "miss"

    asyncio.run(test())


def test_a_judge_that_asks_a_model_has_its_calls_in_the_ledger(tmp_path: Path) -> None:
    async def test() -> None:
        semantic = replace(ON, judge="model", judge_settings={"model": "m"})
        async with kitchen(tmp_path, semantic=semantic) as kept:
            first, again = kept.pair()
            await kept.ask(first, "YES, four")
            await kept.ask(again, "YES, it is four")
            call = kept.last
            assert (call.tenant, call.route, call.tier, call.reason) == ("", "m", "bypass", "two answers are compared")
            assert (call.spent, call.saved_by_cache, call.baseline) == (7000, -7000, 0)
            assert kept.house.led.asks[-1].body["messages"][-1]["role"] == "user"
            assert kept.matchings[0].matcher.belief.labels == 1
            assert len(kept.semantic._aliases) == 1

    asyncio.run(test())


def test_the_word_of_a_judge_who_errs_makes_an_alias_only_where_little_doubt_is_left(tmp_path: Path) -> None:
    assert doubt(0.3, 0.0) == 0.0
    assert doubt(0.5, 0.05) == pytest.approx(0.05)
    assert doubt(0.01, 0.05) < 0.001

    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, judge_error=0.4, max_wrong_per_request=0.001)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            await kept.ask(again)
            assert kept.matchings[0].matcher.belief.labels == 1
            assert len(kept.semantic._aliases) == 0

    asyncio.run(test())


@pytest.mark.parametrize("agrees", [True, False])
def test_an_audit_is_a_word_on_the_fresh_answer_where_the_stored_one_was_rated(tmp_path: Path, agrees: bool) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = kept.pair()
            told = await kept.ask(first)
            said = {"decision_id": told.headers["x-pantler-decision"], "good": True}
            assert (await kept.house.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200
            kept.certify()
            matcher = kept.matchings[0].matcher
            matcher.promise.audited_share = lambda worst, *, sure: 1.0  # type: ignore[method-assign]
            matcher.belief.wrong = lambda row, key: 0.01  # type: ignore[method-assign]
            assert (await kept.ask(again, None if agrees else "something else")).tier == "miss"
            assert kept.last.near.reason == "audited"
            item = kept.house.keeping.engine.cache.peek(int(kept.last.key_digest, 16))
            if agrees:
                assert item.payload.ratings == 1
                assert item.payload.wrong < 0.1
            else:
                assert item is None

    asyncio.run(test())


def test_an_audit_beside_an_answer_of_the_same_model_that_nobody_has_rated_says_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.matchings[0].matcher.promise.audited_share = lambda worst, *, sure: 1.0  # type: ignore[method-assign]
            await kept.ask(again, "something else")
            assert kept.last.near.reason == "audited"
            item = kept.house.keeping.engine.cache.peek(int(kept.last.key_digest, 16))
            assert item.payload.ratings == 0

    asyncio.run(test())


def test_which_hits_are_audited_is_drawn_anew_by_each_gateway(tmp_path: Path) -> None:
    """Or whoever knows the code would know it."""

    async def drawn(place: Path) -> float:
        async with kitchen(place) as kept:
            kept.semantic._matchings._chance = kept.house.serving.semantic._around.chance
            await kept.ask(kept.pair()[0])
            return float(kept.matchings[0].matcher._chance.random())

    places = [tmp_path / name for name in "ab"]
    for place in places:
        place.mkdir()
    assert len({asyncio.run(drawn(place)) for place in places}) == 2


@pytest.mark.parametrize(
    ("changed", "labels"),
    [({"max_wrong_per_request": 0.01}, 0), ({"judge": "embedding"}, 0), ({"max_entries": 30_000}, 1)],
)
def test_a_comparison_that_ends_after_a_reload_to_another_ground_teaches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], labels: int
) -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def slow(*_: object) -> Opinion:
            await gate.wait()
            return Opinion(1.0, "equal")

        monkeypatch.setattr(Equality, "judge", slow)
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
            kept.reload(replace(ON, **changed))
            gate.set()
            await kept.semantic.settled()
            assert kept.matchings[0].matcher.belief.labels == labels
            assert len(kept.semantic._aliases) == labels

    asyncio.run(test())
