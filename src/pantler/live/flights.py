"""One call for all who ask for the same thing at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from threading import Lock, get_ident
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from pantler.core.errors import CallsItself


class Flight(NamedTuple):
    """What comes of a call, and the thread that makes it."""

    result: Future[Any]
    leader: int


class Flights:
    """Calls of a function in flight between threads: the first to ask makes the call, the others wait for its end."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._flying: dict[Hashable, Flight] = {}
        self._lock = Lock()

    def join(self, key: Hashable, call: Callable[[], Any]) -> Any:
        """The result of `call`, or of the equal call already in flight; its exception is raised to all alike.

        Raises CallsItself where that is a call which this very thread is making.
        """
        with self._lock:
            flight = self._flying.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flying[key] = Flight(Future(), get_ident())
        if leads:
            self._fly(key, flight.result, call)
        elif flight.leader == get_ident():
            raise CallsItself(self._function)
        return flight.result.result()

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

    def __init__(self, function: str) -> None:
        self._function = function
        self._flying: dict[Hashable, tuple[asyncio.Task[Any], list[None]]] = {}

    async def join(self, key: Hashable, call: Callable[[], Awaitable[Any]]) -> Any:
        """The result of `call`, or of the equal call already in flight; its exception is raised to all alike.

        Raises CallsItself where that call waits, at whatever remove, for the task that asks.
        """
        task, waiting = self._flying.get(key) or self._fly(key, call)
        mine = asyncio.current_task()
        assert mine is not None  # none but a task can wait
        if _waits_for(task, mine):
            raise CallsItself(self._function)
        waiting.append(None)
        _AWAITED[mine] = task
        try:
            return await asyncio.shield(task)
        finally:
            del _AWAITED[mine]
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


# Which flight each task waits for; of all functions, since they may call each other.
_AWAITED: WeakKeyDictionary[asyncio.Task[Any], asyncio.Task[Any]] = WeakKeyDictionary()


def _waits_for(task: asyncio.Task[Any] | None, other: asyncio.Task[Any]) -> bool:
    while task is not None and task is not other:
        task = _AWAITED.get(task)
    return task is other


async def _awaited(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()
