"""One call for all who ask for the same thing at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any


class Flights:
    """Calls in flight between threads: the first to ask makes the call, the others wait for what comes of it."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, Future[Any]] = {}
        self._lock = Lock()

    def join(self, key: Hashable, call: Callable[[], Any]) -> Any:
        """The result of `call`, or of the equal call already in flight; its exception is raised to all alike."""
        with self._lock:
            flight = self._flying.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flying[key] = Future()
        if leads:
            self._fly(key, flight, call)
        return flight.result()

    def _fly(self, key: Hashable, flight: Future[Any], call: Callable[[], Any]) -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 whatever it is, it is the followers' too
            self._land(key)
            flight.set_exception(error)
        else:
            self._land(key)
            flight.set_result(result)

    def _land(self, key: Hashable) -> None:
        with self._lock:
            del self._flying[key]


class AsyncFlights:
    """Calls in flight on one event loop; a call goes on while anyone waits for it, cancelled when nobody does."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, tuple[asyncio.Task[Any], list[None]]] = {}

    async def join(self, key: Hashable, call: Callable[[], Awaitable[Any]]) -> Any:
        """The result of `call`, or of the equal call already in flight; its exception is raised to all alike."""
        task, waiting = self._flying.get(key) or self._fly(key, call)
        waiting.append(None)
        try:
            return await asyncio.shield(task)
        finally:
            waiting.pop()
            if not waiting and not task.done():
                self._flying.pop(key, None)
                task.cancel()

    def _fly(self, key: Hashable, call: Callable[[], Awaitable[Any]]) -> tuple[asyncio.Task[Any], list[None]]:
        task = asyncio.ensure_future(_awaited(call))
        flight: tuple[asyncio.Task[Any], list[None]] = (task, [])
        self._flying[key] = flight
        task.add_done_callback(lambda _: self._flying.pop(key, None) if self._flying.get(key) is flight else None)
        return flight


async def _awaited(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()
