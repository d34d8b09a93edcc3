"""Near questions beside an embedder that is slow, dead or broken: nobody waits for it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from msgspec.structs import replace

from kitchen import ON, counted_hits, kitchen
from virtual_time import Resting


def test_what_was_found_too_late_is_charged_and_is_no_hit(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, deadline_seconds=0.05)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            with hung(kept):
                assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
                assert kept.last.near.reason == "too_late"
            await kept.semantic.settled()
            assert kept.matchings[0].matcher.promise.spent > 0.0, "the look went on, and would have served it"
            assert counted_hits(kept) == (0, 0)

    asyncio.run(test())


@contextmanager
def hung(kept: Any) -> Iterator[None]:
    """The embedder hangs until the block ends."""
    (likeness,) = kept.semantic._likenesses.values()
    embed, let_go = likeness.embedder.embed, Event()
    likeness.embedder.embed = lambda texts: (let_go.wait(), embed(texts))[1]
    try:
        yield
    finally:
        let_go.set()
        likeness.embedder.embed = embed


def test_a_dead_or_slow_embedder_delays_nobody_beyond_the_deadline(tmp_path: Path) -> None:
    resting = Resting()

    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, deadline_seconds=0.05)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            with hung(kept):
                assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
                assert kept.last.near.reason == "too_late"
                for number in range(20):  # these need not wait even for that: the work under way is late already
                    rested = resting.rested
                    assert (await kept.house.ask(f"What is {number}?", model="near").reply()).tier == "miss"
                    assert resting.rested - rested < 0.1
                    assert kept.last.near.reason == "too_late"
            await kept.semantic.settled()
            assert len(kept.matchings[0].members) == 22, "all of them are found from now on"

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(resting)) as runner:
        runner.run(test())


def test_a_broken_embedder_fails_no_request(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, _ = kept.pair()
            (likeness,) = kept.semantic._likenesses.values()
            embed = likeness.embedder.embed
            likeness.embedder.embed = None
            try:
                assert (await kept.ask(first)).tier == "miss"
                assert (await kept.ask(first)).tier == "hit"
            finally:
                likeness.embedder.embed = embed

    asyncio.run(test())
