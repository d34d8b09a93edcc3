"""Feedback in a client's own words: the answer as it was edited, a comment."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from house import SECRET, House, Reply, house, whole
from pantler.config.keys import digest
from pantler.config.values import Key, Tenant

TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("blue", "red"))


def as_tenant(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{name}"}


async def decided(gateway: House) -> str:
    return (await gateway.ask(headers=as_tenant("blue")).reply()).headers["x-pantler-decision"]


async def say(gateway: House, decision: str, *, by: str = "blue", **said: Any) -> Reply:
    body = json.dumps({"decision_id": decision, **said}).encode()
    return await gateway.post("/v1/feedback", body, as_tenant(by)).reply()


@pytest.mark.parametrize(("edited", "kept"), [("four", 1.0), ("four is it", 0.5), ("five", 0.0), ("", 0.0)])
@pytest.mark.parametrize("is_hit", [False, True], ids=["asked", "stored"])
def test_what_was_made_of_an_answer_tells_how_much_of_it_was_kept(
    tmp_path: Path, edited: str, kept: float, is_hit: bool
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        gateway.led.answer = whole("four")
        decisions = [await decided(gateway), await decided(gateway)]
        told = (await say(gateway, decisions[is_hit], edited=edited)).json
        assert (told["signal"], told["score"], told["changed"]) == ("edit", kept, True)
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize("by", ["blue", "red"])
def test_of_an_answer_that_is_stored_no_longer_the_share_is_asked_for(tmp_path: Path, by: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision = await decided(gateway)
        await say(gateway, decision, good=False)
        told = await say(gateway, decision, by=by, edited="four")
        assert (told.status, told.json["error"]["code"]) == (404, "answer_gone" if by == "blue" else "unknown_decision")
        assert (await say(gateway, decision, score=0.9, signal="edit")).json["changed"] is True
        await gateway.close()

    asyncio.run(test())


def test_an_edit_is_not_held_against_an_answer_that_has_taken_the_place_of_the_one_that_was_served(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision = await decided(gateway)
        gateway.clock.now += 500.0
        gateway.led.answer = whole("another")
        await gateway.ask(headers={**as_tenant("blue"), "cache-control": "no-cache"}).reply()
        assert (await say(gateway, decision, edited="another")).json["error"]["code"] == "answer_gone"
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(("comment", "score"), [("Thanks, that helped!", 1.0), ("That is wrong: it is 5.", 0.0)])
def test_a_comment_that_thanks_or_blames_is_a_word_of_what_was_said_next(
    tmp_path: Path, comment: str, score: float
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision = await decided(gateway)
        told = (await say(gateway, decision, comment=comment)).json
        assert (told["signal"], told["score"], told["changed"]) == ("follow-up", score, True)
        await gateway.close()

    asyncio.run(test())


def test_a_comment_that_does_neither_is_refused_with_what_to_send(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        decision = await decided(gateway)
        told = (await say(gateway, decision, comment="I was expecting a table")).json["error"]
        assert told["code"] == "untold_comment"
        assert "send good or score" in told["message"]
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("said", "signal", "score"),
    [({"good": True}, "thumbs", 1.0), ({"score": 0.8}, "score", 0.8), ({"edited": "four"}, "edit", 1.0)],
)
@pytest.mark.parametrize("comment", ["That is wrong: it is 5.", "I was expecting a table", ""])
def test_a_comment_beside_a_verdict_is_no_further_word(
    tmp_path: Path, said: dict[str, Any], signal: str, score: float, comment: str
) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        gateway.led.answer = whole("four")
        decision = await decided(gateway)
        told = (await say(gateway, decision, comment=comment, **said)).json
        assert (told["signal"], told["score"], told["changed"]) == (signal, score, True)
        assert (await say(gateway, decision, comment=comment, **said)).json["changed"] is False
        await gateway.close()

    asyncio.run(test())


@pytest.mark.parametrize("said", [{}, {"good": True, "score": 1.0, "comment": "Thanks"}, {"score": 1.0, "edited": ""}])
def test_two_verdicts_are_refused_and_so_is_none(tmp_path: Path, said: dict[str, Any]) -> None:
    async def test() -> None:
        gateway = house(tmp_path, opened=True, tenants=TENANTS)
        told = (await say(gateway, await decided(gateway), **said)).json["error"]
        assert (told["code"], "one of good, score and edited" in told["message"]) == ("invalid_feedback", True)
        await gateway.close()

    asyncio.run(test())
