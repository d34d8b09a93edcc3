"""Stored answers that take their time: each ends early where its client goes, or the process must."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pantler.core.errors import ClientLeft
from pantler.gateway.exchange import Exchange
from pantler.gateway.replies import Receive


class Waits:
    """The pauses within one answer, until somebody ends it."""

    def __init__(self) -> None:
        self._end: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def until(self, time: float) -> None:
        """Return then, in the loop's time; raises what the answer was ended with."""
        await asyncio.wait([self._end], timeout=max(0.0, time - asyncio.get_running_loop().time()))
        if self._end.done():
            raise self._end.result()

    def leave(self) -> None:
        """The client has gone."""
        self.end(ClientLeft("the client closed the connection"))

    def end(self, error: Exception) -> None:
        """Nothing more is to be waited for, and why."""
        if not self._end.done():
            self._end.set_result(error)


class Pacing:
    """All the answers that are being sent at a pace of their own."""

    def __init__(self) -> None:
        self._under_way: set[Waits] = set()

    @contextmanager
    def waits(self, exchange: Exchange) -> Iterator[Waits]:
        """The pauses of one answer, which its client ends by going."""
        waits, watching = Waits(), None
        self._under_way.add(waits)
        if exchange.leaving is not None:
            exchange.leaving(waits.leave)
        else:
            watching = asyncio.get_running_loop().create_task(_watch(exchange.receive, waits))
        try:
            yield waits
        finally:
            self._under_way.discard(waits)
            if watching is not None:
                watching.cancel()

    def cut(self, error: Exception) -> None:
        """End all of them now."""
        for waits in self._under_way:
            waits.end(error)


async def _watch(receive: Receive, waits: Waits) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    waits.leave()
