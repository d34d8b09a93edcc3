"""What is over is freed at once: a connection of either side, a request whose client has gone, a call in vain."""

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from house import settled
from loopback import Running, ask, calling, model, running
from raw_upstream import Connection, answer, upstream, well

TIMES = 3
Story = Callable[[Running, list[Connection], int], Awaitable[None]]


async def hangs(connection: Connection) -> None:
    await connection.read_ask()
    await connection.wait_for_close()


async def fails(connection: Connection) -> None:
    await connection.read_ask()
    await connection.send(answer(b"{}", status="500 No"))


async def is_answered(gateway: Running, calls: list[Connection], number: int) -> None:
    async with calling(gateway) as client:
        for streamed in (False, True):
            await client.send(ask(f"{number} {streamed}", stream=streamed))
            assert (await client.whole())[0] in (200, 502, 503)


async def leaves(gateway: Running, calls: list[Connection], number: int) -> None:
    known = len(calls)
    async with calling(gateway) as client:
        await client.send(ask(f"{number}", stream=bool(number % 2)))
        while len(calls) == known:
            await settled()
        await calls[-1].reached.wait()
    await calls[-1].closed.wait()


async def is_refused(gateway: Running, calls: list[Connection], number: int) -> None:
    for bad in (b"no HTTP\r\n\r\n", ask(model="nobody")):
        async with calling(gateway) as client:
            await client.send(bad)
            assert (await client.whole())[0] >= 400


@pytest.mark.parametrize(
    ("story", "does"),
    [(is_answered, well), (is_answered, fails), (leaves, hangs), (is_refused, well)],
    ids=lambda it: it.__name__,
)
def test_nothing_is_left_to_the_collector(tmp_path: Path, story: Story, does: Any) -> None:
    async def test() -> None:
        async with upstream(does) as (place, calls), running(tmp_path, models=(model(place),)) as gateway:
            await story(gateway, calls, 0)
            await settled()
            gc.collect()
            gc.disable()
            try:
                for number in range(1, 1 + 2 * TIMES):
                    await story(gateway, calls, number)
                calls.clear()
                for _ in range(20):
                    await settled()
                gc.set_debug(gc.DEBUG_SAVEALL)
                gc.collect()
                kinds = Counter(type(found) for found in gc.garbage)
                left = [kind for kind in kinds if kind.__module__.partition(".")[0] in {"pantler", "uvicorn"}]
                assert left == []
            finally:
                gc.set_debug(0)
                gc.garbage.clear()
                gc.enable()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the gateway's
        runner.run(test())
