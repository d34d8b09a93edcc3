"""One deadline for each request, whatever it waits for: kept to 100 ms, in time that only the waits move."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, House, house, settled
from pantler.config.values import Choice, Gateway, Limits, Route
from pantler.core.errors import ProviderError
from virtual_time import VirtualLoop

SECONDS = 2.0
LATE = 0.1
Waits = Callable[[House], Coroutine[Any, Any, None]]

CASCADE = Route("twice", ("m", "n"), multiplexer=Choice("cascade"), fallbacks=("n",))


def gateway(folder: Path, monotonic: Callable[[], float]) -> House:
    one_at_a_time = Limits(concurrency=1, queue_seconds=50.0)
    models = (replace(MODEL, limits=one_at_a_time), replace(MODEL, name="n"))
    settings = Gateway(request_seconds=SECONDS)
    return house(folder, monotonic=monotonic, gateway=settings, models=models, routes=(CASCADE,))


async def hangs(gateway: House) -> None:
    """No byte ever comes."""
    gateway.led.gate.clear()


async def hangs_within(gateway: House) -> None:
    """A stream stops after some pieces."""
    gateway.led.steps = asyncio.Semaphore(2)


async def is_queued(gateway: House) -> None:
    """Another call has the only turn."""
    gateway.led.gate.clear()
    gateway.ask("another")
    await settled()


async def fails_and_asks_to_wait(gateway: House) -> None:
    """Each try fails and is to be made again after a while."""
    gateway.led.failures = [
        ProviderError("busy", kind="status", status=503, may_retry=True, retry_after_seconds=1.5) for _ in range(9)
    ]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", ["m", "twice"])
@pytest.mark.parametrize("waits", [hangs, hangs_within, is_queued, fails_and_asks_to_wait], ids=lambda it: it.__name__)
def test_a_request_is_over_at_its_deadline(tmp_path: Path, waits: Waits, model: str, streamed: bool) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        house = gateway(tmp_path, loop.time)
        await waits(house)
        begun = loop.time()
        reply = await house.ask(model=model, stream=streamed).reply()
        assert loop.time() - begun <= SECONDS + LATE
        error = reply.json["error"] if reply.status != 200 else None
        if error is not None:
            assert error["code"] in {"deadline_passed", "upstream_overloaded", "upstream_timeout"}
        elif waits is hangs_within and streamed and model == "m":
            assert "deadline_passed" in reply.events[-1]
        await settled()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())
