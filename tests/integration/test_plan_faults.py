"""What a plan makes of a bad upstream: a fallback answers, or the failure is told; nothing is said twice."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from pantler.config.values import Limits
from pantler.core.asks import Ask, Endpoint
from pantler.core.cost import Price
from pantler.core.errors import ProviderError
from pantler.core.rows import Asked
from pantler.core.types import Plan
from pantler.live.means import Answered, Means
from pantler.live.plans import run
from pantler.live.retries import TRIES
from pantler.live.upstream import Upstream
from pantler.providers.openai import OpenAI
from pantler.providers.scripted import Scripted
from raw_upstream import DONE, FAULTS, STREAM, Connection, event, piece, upstream

PLAN = Plan(("primary",))
GIVEN_SECONDS = 0.3  # to each step of an upstream that hangs
GUARD_SECONDS = 20.0  # to each of another, however busy the machine


class Told:
    """One run of the plan on a faulty primary with a healthy fallback."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.emitted: list[tuple[str, bytes]] = []
        self.connections: list[Connection] = []
        self.answered: Answered | None = None
        self.failure: ProviderError | None = None

    async def run(
        self, does: Any, *, streamed: bool, fallbacks: Sequence[str] = ("fallback",), seconds: float = GUARD_SECONDS
    ) -> None:
        async with upstream(does) as (address, self.connections):
            endpoint = Endpoint(name="primary", base_url=f"http://{address}/v1", first_byte_seconds=seconds)
            endpoint = msgspec.structs.replace(endpoint, between_chunks_seconds=seconds)
            primary = Upstream("primary", OpenAI(endpoint, max_answer_bytes=1 << 20), Limits())
            fallback = Upstream("fallback", Scripted(Endpoint(name="fallback")), Limits())
            means = Means(
                {"primary": primary, "fallback": fallback}, lambda *_: (Price(1000, 1000), "test"), fallbacks=fallbacks
            )
            messages = [{"role": "user", "content": "how many legs"}]
            ask = Ask("chat", "route", {"messages": messages}, time.monotonic() + 3 * seconds)
            emit = (lambda model, piece: self.emitted.append((model, piece))) if streamed else None
            try:
                self.answered = await run(PLAN, ask, means, self.asked, emit)
            except ProviderError as error:
                self.failure = error
            await primary.close()


def told(does: Any, **settings: Any) -> Told:
    story = Told()
    asyncio.run(story.run(does, **settings))
    return story


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fallback_answers_unless_the_client_has_heard_a_piece_or_asked_wrongly(name: str, streamed: bool) -> None:
    does, *kinds = FAULTS[name]
    story = told(does, streamed=streamed, seconds=GIVEN_SECONDS if "timeout" in kinds else GUARD_SECONDS)
    models = {model for model, _ in story.emitted}
    assert len(models) <= 1, "two models' pieces are mixed"
    if name == "status_400" or (streamed and "primary" in models):
        assert story.failure is not None
        assert story.answered is None
        assert [each.model for each in story.asked] == ["primary"]
    else:
        assert story.answered is not None
        assert story.answered.model == "fallback"
        assert [each.outcome for each in story.asked] == [kinds[streamed], "answered"]
    assert len(story.connections) <= TRIES


PIECES = [piece("one "), piece("two "), piece("three"), piece("", "stop")]


@pytest.mark.parametrize("cut", range(len(PIECES)))
def test_a_stream_that_is_cut_is_told_so_with_its_pieces_once_each_and_charged(cut: int) -> None:
    async def cuts(connection: Connection) -> None:
        await connection.read_ask()
        await connection.send(STREAM + b"".join(map(event, PIECES[:cut])))

    story = told(cuts, streamed=True, fallbacks=())
    assert story.failure is not None
    assert story.failure.kind == "cut"
    assert [each for _, each in story.emitted] == PIECES[:cut]
    assert len(story.connections) == 1
    assert (story.asked[0].outcome, story.asked[0].tokens.tokens_out, story.asked[0].estimated) == ("cut", cut, True)
    assert story.asked[0].spent


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_stream_cut_at_every_byte_is_never_taken_for_an_answer(streamed: bool) -> None:
    whole = STREAM + b"".join(map(event, PIECES)) + DONE
    last = whole.index(event(PIECES[-1])) + len(event(PIECES[-1]))
    cuts = range(len(STREAM), last, 1 if streamed else 50)

    async def story() -> None:
        for cut in cuts:

            async def sends(connection: Connection, cut: int = cut) -> None:
                await connection.read_ask()
                await connection.send(whole[:cut])

            each = Told()
            await each.run(sends, streamed=streamed, fallbacks=())
            assert each.answered is None
            assert each.failure is not None

    asyncio.run(story())


def test_one_fallback_answers_everybody_while_the_primary_fails_and_is_left_alone() -> None:
    async def story() -> None:
        names = ("primary", "fallback")
        providers = [Scripted(Endpoint(name="primary"), faults=["503"]), Scripted(Endpoint(name="fallback"))]
        upstreams = {name: Upstream(name, each, Limits()) for name, each in zip(names, providers, strict=True)}
        means = Means(upstreams, lambda *_: (None, "test"), fallbacks=("fallback",))
        ask = Ask("chat", "route", {"messages": [{"role": "user", "content": "x"}]})
        answers = [await run(PLAN, ask, means, []) for _ in range(200)]
        assert {each.model for each in answers} == {"fallback"}
        assert upstreams["primary"].breaker.is_open
        assert not upstreams["fallback"].breaker.is_open

    asyncio.run(story())
