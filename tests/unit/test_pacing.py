"""Stored answers at a pace: it is kept over the whole, however late each pause ends."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from pantler.gateway.pacing import Waits
from pantler.gateway.streaming import Paced, send_paced
from pantler.gateway.wires.chat import Chat
from virtual_time import VirtualLoop

LATE = 0.03  # after its time is when each pause ends


class Delayed(Waits):
    async def until(self, time: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, time - loop.time()) + LATE)


def test_the_delays_of_pauses_do_not_add_up_over_a_stream() -> None:
    sent: list[float] = []
    loop = VirtualLoop()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.append(loop.time())

    async def test() -> None:
        exchange: Any = SimpleNamespace(send=send, is_begun=False)
        await send_paced(exchange, Chat(), Paced([], [b"piece"] * 11, 0.1, deadline=100.0), Delayed())

    loop.run_until_complete(test())
    loop.close()
    assert sent == pytest.approx([0.0] + [0.1 * number + LATE for number in range(1, 11)])
