"""What of near questions outlives a reload or a restart, and what begins anew in shadow."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from house import SECRET
from kitchen import ON, kitchen
from pantler.config.values import Cache, Semantic
from pantler.disk import state


def test_a_reload_keeps_the_texts_and_begins_another_promise_in_shadow(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.reload(replace(ON, max_wrong_per_request=0.01))
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.key == f"{kept.entry(first):032x}"
            kept.reload(None)
            assert (await kept.ask(again + " Please.")).tier == "miss"
            assert kept.last.near is None

    asyncio.run(test())


def test_another_promise_begins_in_shadow_though_none_was_made_in_between(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.reload(None)
            kept.reload(replace(ON, max_wrong_per_request=0.01))
            assert (await kept.ask(again)).tier == "miss"
            (circle,) = kept.semantic.reports()
            assert circle.promised_per_request == 0.01
            assert not circle.is_certified

    asyncio.run(test())


def served_nearly_then(tmp_path: Path, how: str, semantic: Semantic, then: Callable[[Any], Awaitable[None]]) -> None:
    """Certify, serve a near answer, keep an alias; then let `semantic` take over by a reload or a restart, and look."""

    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            assert (await kept.ask(again)).tier == "semantic"
            kept.semantic._aliases.add(1234, kept.entry(first))
            if how == "reload":
                kept.reload(semantic)
                await kept.semantic.settled()
                await then(kept)
        if how == "restart":
            async with kitchen(tmp_path, opened=True, tables=tables, semantic=semantic) as kept:
                await kept.semantic.settled()
                await then(kept)

    asyncio.run(test())


@pytest.mark.parametrize(
    "changed",
    [{"judge": "embedding"}, {"judge_error": 0.05}, {"max_wrong_per_request": 0.01}, {"max_wrong_per_hit": 0.1}],
    ids=repr,
)
@pytest.mark.parametrize("how", ["reload", "restart"])
def test_what_was_certified_by_another_judge_or_promise_begins_in_shadow(
    tmp_path: Path, changed: dict[str, Any], how: str
) -> None:
    async def in_shadow(kept: Any) -> None:
        (circle,) = kept.semantic.reports()
        assert (circle.is_certified, circle.requests, circle.served, circle.texts) == (False, 0, 0, 1)
        assert not len(kept.semantic._aliases)

    served_nearly_then(tmp_path, how, replace(ON, **changed), in_shadow)


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_room_for_more_texts_changes_nothing_of_what_is_promised_and_counted(tmp_path: Path, how: str) -> None:
    async def goes_on(kept: Any) -> None:
        (circle,) = kept.semantic.reports()
        assert (circle.is_certified, circle.requests, circle.served) == (True, 801, 1)
        assert len(kept.semantic._aliases) == 1

    served_nearly_then(tmp_path, how, replace(ON, max_entries=30_000), goes_on)


def test_a_restart_keeps_what_was_learned_and_what_can_be_found(tmp_path: Path) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = kept.pair()
            third, fourth = kept.pair()
            await kept.ask(first)
            await kept.ask(again)
            alias = int(kept.last.key_digest, 16)
            await kept.ask(third)
            kept.house.serving.loop.forget([alias])
            labels = kept.matchings[0].matcher.belief.labels
            requests = kept.matchings[0].matcher.promise.requests
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert len(kept.matchings[0].members) == 2
            assert kept.matchings[0].matcher.belief.labels == labels > 0
            assert kept.matchings[0].matcher.promise.requests == requests > 0
            assert (await kept.ask(again)).tier == "alias"
            kept.certify()
            assert (await kept.ask(fourth)).tier == "semantic"
        async with kitchen(tmp_path, opened=True, tables=tables, semantic=None) as kept:
            assert kept.semantic is None

    asyncio.run(test())


def test_a_damaged_snapshot_of_near_questions_is_not_used(tmp_path: Path) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.ask(kept.pair()[0])
        place = tmp_path / "state" / "semantic"
        assert place.stat().st_mode & 0o077 == 0
        for damaged in (b"", b"x" * 100, place.read_bytes()[:-1]):
            place.write_bytes(damaged)
            async with kitchen(tmp_path, opened=True, tables=tables) as kept:
                await kept.semantic.settled()
                assert not kept.matchings

    asyncio.run(test())


def test_a_snapshot_of_an_earlier_version_is_set_aside_and_it_is_told_what_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.ask(kept.pair()[0])
        place = tmp_path / "state" / "semantic"
        written = state.load(place, SECRET)
        assert written is not None
        earlier = {**msgspec.msgpack.decode(written), "version": 1}
        state.save(place, [msgspec.msgpack.encode(earlier)], SECRET)
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert not kept.matchings
        assert (
            "it has version 1, not 2: the questions of near hits, their labels and promises begin anew" in caplog.text
        )
        assert place.with_name("semantic.unused").exists()

    asyncio.run(test())
