"""Near answers that somebody called wrong, and those most worth a look: both are remembered."""

import asyncio
import json
from pathlib import Path
from typing import Any

from kitchen import Kitchen, agreed, as_tenant, ask, kitchen, shared
from pantler.config.values import Cache


async def call_wrong(kept: Kitchen, reply: Any, headers: dict[str, str] | None = None) -> Any:
    said = {"decision_id": reply.headers["x-pantler-decision"], "good": False}
    told = await kept.house.post("/v1/feedback", json.dumps(said).encode(), headers).reply()
    await kept.semantic.settled()
    return told.json


def believe_again(kept: Kitchen, question: str) -> None:
    """As if labels of other questions had spoken for its answer since."""
    kept.matchings[0].matcher.belief.forget(kept.entry(question))


async def denied(kept: Kitchen) -> tuple[str, str]:
    """A question that is stored, and one whose near answer, the stored one, somebody called wrong."""
    first, again = kept.pair()
    await kept.ask(first)
    kept.certify()
    near = await kept.ask(again)
    assert near.tier == "semantic"
    assert (await call_wrong(kept, near))["dropped"] is True
    return first, again


def test_a_question_is_not_served_again_what_was_called_wrong_for_it_though_others_are(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = await denied(kept)
            believe_again(kept, first)
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "said_to_be_wrong"
            believe_again(kept, first)
            assert (await kept.ask(again + " Please.")).tier == "semantic"

    asyncio.run(test())


def test_what_was_called_wrong_and_most_doubtful_is_known_after_a_restart(tmp_path: Path) -> None:
    tables = {"cache": Cache(path=str(tmp_path / "state"))}

    async def test() -> None:
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = await denied(kept)
            (doubt,) = kept.semantic.doubtful.listed()
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert kept.semantic.doubtful.listed() == [doubt]
            kept.certify()
            believe_again(kept, first)
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "said_to_be_wrong"

    asyncio.run(test())


def test_a_label_of_its_own_says_otherwise(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = await denied(kept)
            await kept.ask(again)  # the model says the same
            believe_again(kept, first)
            kept.house.serving.loop.forget([int(kept.last.key_digest, 16)])
            assert (await kept.ask(again)).tier in ("alias", "semantic")

    asyncio.run(test())


def test_what_is_anothers_and_was_called_wrong_is_not_shown_again_as_a_hit(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path, opened=True) as kept:
            _, _, again = await agreed(kept)
            told = await ask(kept, "cid", again + " Thanks.")
            assert kept.last.tier == "semantic"
            await call_wrong(kept, told, as_tenant("cid"))
            before = kept.house.led.calls
            await ask(kept, "cid", again + " Thanks.")
            assert (kept.last.tier, kept.house.led.calls) == ("miss", before + 1)

    asyncio.run(test())


def test_a_bad_word_on_a_near_answer_demotes_it_and_its_aliases_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            near = await kept.ask(again)
            kept.semantic._aliases.add(1234, kept.entry(first))
            said = {"decision_id": near.headers["x-pantler-decision"], "good": False}
            told = await kept.house.post("/v1/feedback", json.dumps(said).encode()).reply()
            assert told.json["dropped"] is True
            assert (await kept.ask(again + " Please.")).tier == "miss"
            assert kept.last.near.wrong > near_wrong(near)
            assert len(kept.semantic._aliases) <= 1, "of the new label alone"
            assert (await kept.ask(first)).tier == "hit", "its own question has its answer still"

    def near_wrong(reply: Any) -> float:
        return float(reply.headers["x-pantler-wrong"])

    asyncio.run(test())
