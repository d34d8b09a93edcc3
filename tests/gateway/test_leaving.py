"""F7: wherever a request stands when its client goes, its upstream is let go of at once, and what came is charged."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from math import ceil
from pathlib import Path

import pytest

from loopback import Running, calling, model, running
from raw_upstream import STREAM, Connection, answer, event, piece, upstream
from turning import PROMPT_SECONDS, turned

TIMES = 5
PIECE = {"chat/completions": piece("one "), "completions": b'{"choices":[{"index":0,"text":"one "}]}'}
BODIES = {
    "chat/completions": {"messages": [{"role": "user", "content": "?"}]},
    "completions": {"prompt": "?"},
    "embeddings": {"input": "?"},
}
Stage = Callable[[Connection], Awaitable[None]]


async def before_the_head(connection: Connection) -> None:
    await connection.read_ask()


async def within_the_head(connection: Connection) -> None:
    await connection.read_ask()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Ty")


async def within_the_answer(connection: Connection) -> None:
    await connection.read_ask()
    if connection.streams:
        path = connection.head.split(b" ")[1].decode().removeprefix("/v1/")
        await connection.send(STREAM + event(PIECE[path]))
    else:
        await connection.send(answer(b"{" + b" " * 99)[:-50])


STAGES: list[Stage] = [before_the_head, within_the_head, within_the_answer]


def asks() -> Iterator[tuple[str, bool]]:
    for path in BODIES:
        yield path, False
        if path in PIECE:
            yield path, True


def request(path: str, *, streamed: bool, number: int = 0) -> bytes:
    body = json.dumps({"model": "m", "seed": number, "stream": streamed, **BODIES[path]}).encode()
    return b"POST /v1/%s HTTP/1.1\r\nHost: g\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


@pytest.mark.promise("F7")
@pytest.mark.parametrize("resets", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_whoever_leaves_lets_go_of_the_upstream_at_every_stage_of_every_route(
    tmp_path: Path, stage: Stage, resets: bool
) -> None:
    async def waits(connection: Connection) -> None:
        await stage(connection)
        await connection.wait_for_close()

    async def test() -> list[float]:
        took = []
        async with upstream(waits) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            for _ in range(TIMES):
                for path, streamed in asks():
                    took.append(await left(gateway, calls, request(path, streamed=streamed), resets=resets))
            rows = gateway.rows
        assert [(row.status, row.asked[0].outcome) for row in rows] == [(499, "cancelled")] * len(took)
        if stage is within_the_answer:
            streams = [streamed for _ in range(TIMES) for _, streamed in asks()]
            out = [row.asked[0].tokens.tokens_out for row, streamed in zip(rows, streams, strict=True) if streamed]
            assert all(out), "the pieces that came are charged"
        return took

    took = sorted(asyncio.run(test()))
    assert took[ceil(0.99 * len(took)) - 1] <= PROMPT_SECONDS


async def left(gateway: Running, calls: list[Connection], asked: bytes, *, resets: bool) -> float:
    """Seconds from a client's leaving until its upstream sees its call closed."""
    before, rows = len(calls), len(gateway.rows)
    async with calling(gateway) as client:
        await client.send(asked)
        await turned(lambda: len(calls) > before and calls[-1].reached.is_set())
        if resets:
            client.reset()
    took = await turned(calls[-1].closed.is_set)
    await turned(lambda: len(gateway.rows) > rows)
    return took


@pytest.mark.promise("F7")
def test_whoever_leaves_the_queue_is_never_asked_for_and_the_next_has_its_turn(tmp_path: Path) -> None:
    go = asyncio.Event()
    seeds = []

    async def waits(connection: Connection) -> None:
        while True:
            await connection.read_ask()
            seeds.append(connection.body["seed"])
            await go.wait()
            await connection.send(answer(b'{"choices":[{"index":0,"finish_reason":"stop","message":{}}]}'))

    async def test() -> None:
        limited = model(place, concurrency=1)
        async with running(tmp_path, models=(limited,)) as gateway, calling(gateway) as first, calling(gateway) as last:
            await first.send(request("chat/completions", streamed=False, number=1))
            async with calling(gateway) as leaver:
                await leaver.send(request("chat/completions", streamed=False, number=2))
                turns = gateway.serving.setup.upstreams["m"].turns
                await turned(lambda: turns.queued)
            await last.send(request("chat/completions", streamed=False, number=3))
            await turned(lambda: gateway.rows)
            go.set()
            assert (await first.whole())[0] == (await last.whole())[0] == 200
            assert seeds == [1, 3]
            assert sorted(row.status for row in gateway.rows) == [200, 200, 499]

    async def story() -> None:
        nonlocal place
        async with upstream(waits) as (place, _):
            await test()

    place = ""
    asyncio.run(story())
