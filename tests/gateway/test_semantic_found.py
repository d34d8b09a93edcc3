"""Which stored answers can be found by near questions: whole ones in words that are kept, as long as they are."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from house import whole
from kitchen import counted_hits, kitchen


def test_what_has_left_the_cache_is_never_near(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, ttl_seconds=10.0) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.house.clock.now += 20.0
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "has_left"
            assert counted_hits(kept) == (0, 0)

    asyncio.run(test())


def test_what_is_purged_is_no_longer_found(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            gone = kept.entry(first)
            kept.house.serving.loop.forget([gone])
            await kept.semantic.settled()
            assert gone not in kept.matchings[0].members
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


@pytest.mark.parametrize("answer", ["I'm sorry, but I cannot help with that.", "As an AI, I do not know."])
def test_a_refusal_is_never_served_to_a_near_question(tmp_path: Path, answer: str) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, answer)
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        ({"max_tokens": 2}, b'"stop"', b'"length"'),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, b'"stop"', b'"tool_calls"'),
    ],
    ids=["cut at the length it asked for", "calls a tool"],
)
def test_an_answer_that_is_not_whole_in_words_is_kept_for_its_own_question_alone(
    tmp_path: Path, fields: dict[str, Any], old: bytes, new: bytes
) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, cache_tool_calls=True) as kept:
            first, again = kept.pair()
            answer = whole("rice").replace(old, new)
            if b"tool_calls" in new:
                calls = b'"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]'
                answer = answer.replace(b'"content": "rice"', b'"content": "rice", ' + calls)
            kept.house.led.answer = answer
            await kept.house.ask(first, model="near", **fields).reply()
            await kept.semantic.settled()
            assert (await kept.house.ask(first, model="near", **fields).reply()).tier == "hit"
            assert (await kept.ask(again, **fields)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


def test_an_answer_that_is_not_kept_is_not_found(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, headers={"cache-control": "no-store"})
            third, _ = kept.pair()
            kept.house.led.answer = whole("cut").replace(b'"stop"', b'"content_filter"')
            await kept.house.ask(third, model="near").reply()
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())
