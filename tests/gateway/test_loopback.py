"""Over real sockets: what an upstream does wrong, what a client does wrong, and that nothing is left open."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import whole
from loopback import Running, ask, calling, model, running, unremarked
from pantler.config.values import Gateway
from pantler.gateway.heads import Bounds
from raw_upstream import (
    DONE,
    FAULTS,
    STREAM,
    USAGE,
    Connection,
    answer,
    begins,
    close,
    event,
    piece,
    reset,
    upstream,
    well,
)
from turning import PROMPT_SECONDS, turned

SECONDS = 60.0  # after which nothing is waited for any longer
WORDS = ("one ", "two ", "three ", "four")
LIMITS = {"first_byte_seconds": 0.3, "between_chunks_seconds": 0.3, "connect_seconds": 0.3}


def events(count: int) -> bytes:
    """So many chunks of an answer of four words."""
    told = [*map(piece, WORDS), piece("", "stop"), USAGE]
    return b"".join(map(event, told[:count]))


@pytest.mark.promise("F6")
@pytest.mark.parametrize("end", [close, reset], ids=["closed", "reset"])
@pytest.mark.parametrize("count", range(1, 6))
def test_a_stream_that_is_cut_at_any_chunk_ends_with_an_error_and_is_never_kept(
    tmp_path: Path, count: int, end: object
) -> None:
    async def test() -> None:
        does = begins(events(count), end)  # type: ignore[arg-type]
        async with upstream(does) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            async with calling(gateway) as client:
                await client.send(ask(stream=True))
                status, _, body = await client.whole()
            told = [json.loads(line[6:]) for line in unremarked(body).decode().split("\n\n") if line]
            words = "".join(each["choices"][0]["delta"]["content"] for each in told[:-1] if each["choices"])
            assert (status, told[-1]["error"]["code"]) == (200, "upstream_cut")
            assert "".join(WORDS).startswith(words)
            assert len(calls) == 1  # what has begun is not tried again
            assert len(gateway.serving.keeping.engine.cache) == 0
            (row,) = gateway.rows
            assert (row.status, row.asked[0].outcome, row.asked[0].estimated) == (502, "cut", True)
            assert row.spent is not None
            assert row.spent > 0  # what came was charged

    asyncio.run(test())


@pytest.mark.promise("C4")
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_every_fault_of_an_upstream_is_told_in_openais_shape_in_time_and_leaves_nothing_open(
    tmp_path: Path, streamed: bool
) -> None:
    async def test() -> None:
        async with AsyncExitStack() as upstreams:
            faulty = {name: await upstreams.enter_async_context(upstream(does)) for name, (does, *_) in FAULTS.items()}
            models = tuple(replace(model(place, **LIMITS), name=name) for name, (place, _) in faulty.items())
            gateway = Gateway(request_seconds=0.6)
            async with running(tmp_path, models=models, gateway=gateway) as serving:
                async with asyncio.timeout(SECONDS):
                    await asyncio.gather(*(told_well(serving, name, streamed=streamed) for name in faulty))
                assert len(serving.serving.loop.streams) == 0
                assert len(serving.serving.keeping.engine.cache) == 0
                assert len(serving.rows) == len(FAULTS)
            calls = [call for _, made in faulty.values() for call in made]
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*(call.closed.wait() for call in calls))

    asyncio.run(test())


async def told_well(gateway: Running, fault: str, *, streamed: bool) -> None:
    async with calling(gateway) as client:
        await client.send(ask(model=fault, stream=streamed))
        status, headers, body = await client.whole()
    text = body.decode()
    last = text.split("\n\n")[-2][6:] if headers["content-type"].startswith("text/event-stream") else text
    error = json.loads(last)["error"]
    assert error.keys() >= {"message", "type", "code"}, fault
    assert status != 500, fault
    assert "Traceback" not in text, fault


async def streams_and_waits(connection: Connection) -> None:
    await connection.read_ask()
    if connection.streams:
        await connection.send(STREAM + event(piece("one ")))
    await connection.wait_for_close()


@pytest.mark.promise("F7")
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("leaves", ["closes", "resets"])
def test_a_client_who_leaves_closes_the_upstream_at_once(tmp_path: Path, streamed: bool, leaves: str) -> None:
    async def test() -> None:
        async with upstream(streams_and_waits) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            async with calling(gateway) as client:
                await client.send(ask(stream=streamed))
                if streamed:
                    await client.head()
                    await client.chunk()
                else:
                    await turned(lambda: calls and calls[0].reached.is_set())
                if leaves == "resets":
                    client.reset()
            assert await turned(calls[0].closed.is_set) <= PROMPT_SECONDS
            await turned(lambda: len(gateway.rows) == 1)
            (row,) = gateway.rows
            assert (row.status, row.asked[0].outcome) == (499, "cancelled")

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_a_header_in_several_lines_means_all_of_them(tmp_path: Path, streamed: bool) -> None:
    async def answers(connection: Connection) -> None:
        while True:
            await connection.read_ask()
            await connection.send(STREAM + events(6) + DONE if connection.streams else answer(whole("four")))

    async def test() -> None:
        async with upstream(answers) as (place, _), running(tmp_path, models=(model(place),)) as gateway:
            lines = b"Cache-Control: no-store\r\nCache-Control: max-age=60\r\n"
            asked = ask(stream=streamed).replace(b"Content-Type", lines + b"Content-Type")
            async with calling(gateway) as client:
                for _ in range(3):
                    await client.send(asked)
                    _, headers, _ = await client.whole()
                    assert headers["x-pantler-cache"] == "bypass"
            assert len(gateway.serving.keeping.engine.cache) == 0

    asyncio.run(test())


async def says_much(connection: Connection) -> None:
    await connection.read_ask()
    await connection.send(STREAM)
    for _ in range(64):
        await connection.send(event(piece("word " * 25_000)))
    await connection.send(event(piece("", "stop")) + event(USAGE) + DONE)


def test_a_client_that_stays_and_reads_nothing_is_let_go_of(tmp_path: Path) -> None:
    async def test() -> None:
        async with AsyncExitStack() as stack:
            place, _ = await stack.enter_async_context(upstream(says_much))
            served = running(tmp_path, bounds=Bounds(unread_seconds=0.1), models=(model(place),))
            gateway = await stack.enter_async_context(served)
            client = await stack.enter_async_context(calling(gateway))
            await client.send(ask(stream=True))
            await client.head()
            client.writer.transport.pause_reading()
            await turned(lambda: gateway.serving.app.in_flight == 0)
            assert len(gateway.rows) == 1

    asyncio.run(test())


@pytest.mark.promise("F7")
def test_a_follower_goes_on_where_the_leader_leaves(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def waits(connection: Connection) -> None:
            await connection.read_ask()
            await connection.send(STREAM + events(1))
            await go.wait()
            await connection.send(events(6)[len(events(1)) :] + DONE)

        async with upstream(waits) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            async with calling(gateway) as leader, calling(gateway) as follower:
                for client in (leader, follower):
                    await client.send(ask(stream=True))
                    await client.head()
                leader.reset()
                go.set()
                told = []
                while part := await follower.chunk():
                    told.append(part)
                assert told[-1].endswith(b"data: [DONE]\n\n")
            assert len(calls) == 1
            await turned(lambda: len(gateway.rows) == 2)

    asyncio.run(test())


def test_the_same_bytes_again_are_answered_unparsed_and_leave_the_same_rows(tmp_path: Path) -> None:
    async def test() -> None:
        async with upstream(well) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            for streamed in (False, True):
                async with calling(gateway) as client:
                    bodies, tiers = [], []
                    for _ in range(6):
                        await client.send(ask(f"{streamed}?", stream=streamed))
                        _, headers, body = await client.whole()
                        bodies.append(unremarked(body))
                        tiers.append(headers["x-pantler-cache"])
                    assert tiers == ["miss", *["hit"] * 5]
                    assert len(set(bodies)) == 1
            assert len(calls) <= 2
            assert len(gateway.repeats.again) == 2
            assert [row.tier for row in gateway.rows] == ["miss", *["hit"] * 5] * 2
            hits = [row for row in gateway.rows if row.tier == "hit"]
            assert len({row.decision for row in hits}) == 10
            assert gateway.serving.keeping.engine.ledger.hits == 10
            gateway.serving.loop.forget(list(gateway.serving.keeping.engine.cache))  # type: ignore[arg-type]
            async with calling(gateway) as client:
                await client.send(ask("False?", stream=False))
                assert (await client.whole())[1]["x-pantler-cache"] == "miss"

    asyncio.run(test())
