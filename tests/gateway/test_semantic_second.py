"""A second encoder: asked for what no rule refuses, read beside everything else, and waited for by nobody."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from kitchen import ON, kitchen
from pantler.config.values import Cache
from pantler.embedders.hashing import Hashing
from pantler.matchers.verified import UNREAD
from pantler.matching.features import SECONDED


class Reader(Hashing):
    """Other vectors, with what it was asked for; it hangs while `free` is not set."""

    def __init__(self) -> None:
        super().__init__(dimensions=512)
        self.texts: list[str] = []
        self.free = Event()
        self.free.set()

    def embed(self, texts: Sequence[str]) -> Any:
        self.free.wait()
        self.texts += [text for text in texts if text != "a"]  # which loads it
        return super().embed(texts)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader()
    monkeypatch.setattr("pantler.gateway.likenesses.second_of", lambda _: made)
    return made


def test_it_reads_every_text_once_and_its_cosine_and_gap_are_weighed(tmp_path: Path, reader: Reader) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            await kept.ask(again)
            assert reader.texts == [first, again]
            assert kept.matchings[0].matcher.belief.labels == 1
            assert len(kept.matchings[0].matcher.belief.coefficients) == len(SECONDED) + 1
            kept.certify()
            assert (await kept.ask(again + " Please.")).tier == "semantic"
            assert reader.texts == [first, again, again + " Please."]

    asyncio.run(test())


def test_it_is_not_asked_about_what_a_rule_refuses(tmp_path: Path, reader: Reader) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            await kept.ask("How do I cook 3 plums?")
            reader.free.clear()
            try:
                await kept.house.ask("How do I cook 4 plums?", model="near").reply()
                assert kept.last.near.reason == "numbers_differ", "within the deadline, though it hangs"
            finally:
                reader.free.set()

    asyncio.run(test())


def test_what_it_has_not_read_yet_is_not_matched(tmp_path: Path, reader: Reader) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            reader.free.clear()
            try:
                await kept.house.ask(first, model="near").reply()
                assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
                assert kept.last.near.reason == UNREAD
            finally:
                reader.free.set()
            await kept.semantic.settled()
            kept.certify()
            assert (await kept.ask(again + " Please.")).tier == "semantic"

    asyncio.run(test())


def test_where_it_hangs_nobody_waits_beyond_the_deadline_and_other_looks_go_on(tmp_path: Path, reader: Reader) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, deadline_seconds=0.05)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            reader.free.clear()
            try:
                for number in range(5):
                    assert (await kept.house.ask(f"{again} {'Please. ' * number}", model="near").reply()).tier == "miss"
                    assert kept.last.near.reason in {"too_late", UNREAD}
                kept.be_patient()
                await kept.house.ask("Who was king?", model="near", top_p=0.5).reply()
                assert kept.last.near.reason == "nothing stored is near", "the first encoder is not held up"
            finally:
                reader.free.set()
            await kept.semantic.settled()
            assert len(kept.matchings[0]._seconds) == len(kept.matchings[0].members)

    asyncio.run(test())


def test_what_has_left_is_forgotten_and_what_was_kept_is_read_again_after_a_restart(
    tmp_path: Path, reader: Reader
) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = kept.pair()
            third, _ = kept.pair()
            await kept.ask(first)
            await kept.ask(third)
            kept.house.serving.loop.forget([kept.entry(third)])
            await kept.semantic.settled()
            assert set(kept.matchings[0]._seconds) == {kept.entry(first)}
        reader.texts.clear()
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert reader.texts == [first]
            kept.certify()
            assert (await kept.ask(again)).tier == "semantic"

    asyncio.run(test())


def test_a_reload_with_another_second_encoder_reads_all_texts_anew(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            other = Reader()
            monkeypatch.setattr("pantler.gateway.likenesses.second_of", lambda _: other)
            kept.reload(ON)
            await kept.semantic.settled()
            assert other.texts == [first]
            kept.certify()
            assert (await kept.ask(again)).tier == "semantic"
            assert other.texts == [first, again]

    asyncio.run(test())
