"""What is expected of each model's answer to a text, made beside the event loop after an exact miss only.

A text is looked at in one worker's thread, within a deadline; what comes too late is decided by the rates of the route.
The deadline begins once what the experts stand on has been loaded, which the first requests wait for.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pantler.core.asks import Ask
from pantler.core.types import Appraisal, Miss
from pantler.core.usage import tokens_of_bytes
from pantler.live.errands import Errand
from pantler.live.said import Said
from pantler.live.worker import Worker

if TYPE_CHECKING:
    from pantler.live.experts import Expert  # which stands on NumPy

MOST_WAITING = 256  # texts at a time; who comes later is decided without
SOME_TEXT = "How much is 2 + 2?"  # an empty one would load a part only
WARMING_SECONDS = 5.0  # for which a request waits until an encoder has been loaded

log = logging.getLogger("pantler.live")


@dataclass(frozen=True)
class Hearing:
    """Who appraises a route's texts, and how long that may take; `warning` says why it may not be worth it."""

    expert: "Expert"
    deadline_seconds: float
    warning: str = ""


class Appraising:
    """Appraises what is asked on the routes that `use` names; `said_in` tells the whole conversation of an ask."""

    def __init__(self, worker: Worker, said_in: Callable[[Ask], Said]) -> None:
        self.late = 0  # texts that were decided without
        self._worker = worker
        self._said_in = said_in
        self._hearings: Mapping[str, Hearing] = {}
        self._waiting = 0
        self._warming: dict[str, Future[Appraisal]] = {}  # by the route, what loads all that its expert needs

    def use(self, hearings: Mapping[str, Hearing]) -> None:
        """Appraise by other experts from now on."""
        self._hearings = hearings
        self._warming = {
            route: self._worker.ask(partial(hearing.expert.appraise, SOME_TEXT, 0))
            for route, hearing in hearings.items()
        }

    async def look(self, errand: Errand, miss: Miss) -> Miss:
        """The miss with what is expected of its query, or without where that would take too long."""
        hearing = self._hearings.get(errand.route.name)
        if hearing is None or not errand.wishes.calls:
            return miss
        appraisal = await self._within(errand, hearing)
        if appraisal is None:
            return replace(miss, is_late=True)
        salt = hash((errand.tenant, errand.holder)) if appraisal.thread else 0  # nobody goes on with another's
        appraisal = replace(
            appraisal,
            time=errand.time,
            thread=appraisal.thread and appraisal.thread ^ salt,
            earlier=appraisal.earlier and appraisal.earlier ^ salt,
        )
        return replace(miss, query=replace(miss.query, appraisal=appraisal))

    def close(self) -> None:
        """Appraise nothing more."""
        self._worker.close()

    async def _within(self, errand: Errand, hearing: Hearing) -> Appraisal | None:
        seconds = hearing.deadline_seconds
        await self._warm(errand.route.name)
        if self._worker.is_late(seconds) or self._waiting >= MOST_WAITING:
            self.late += 1
            return None
        work = partial(self._appraised, hearing.expert, errand.ask, errand.most_out)
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._worker.answer(work)
        except TimeoutError:
            self.late += 1
        except Exception as error:  # noqa: BLE001 whatever it is, a request does not fail for want of an appraisal
            self.late += 1
            log.error("a text was not appraised (%s)", type(error).__name__)
        finally:
            self._waiting -= 1
        return None

    async def _warm(self, route: str) -> None:
        """Return once what the route's expert needs is loaded, or too many wait for it, or too long."""
        warming = self._warming.get(route)
        if warming is None:
            return
        if not warming.done() and self._waiting < MOST_WAITING:
            self._waiting += 1
            loaded = asyncio.wrap_future(warming)
            loaded.add_done_callback(_heard)
            try:
                await asyncio.wait([loaded], timeout=WARMING_SECONDS)
            finally:
                self._waiting -= 1
        if warming.done() and self._warming.pop(route, None) is warming and (error := warming.exception()):
            log.error("what looks at the texts of route %r was not loaded (%s)", route, type(error).__name__)

    # What follows runs in the worker's thread.

    def _appraised(self, expert: "Expert", ask: Ask, most_out: int | None) -> Appraisal:
        said = self._said_in(ask)
        found = expert.appraise(said.text, expert.tokens_of(said.text), most_out)
        if not said.thread:
            return found
        kept = expert.kept(tokens_of_bytes(said.earlier_bytes)) if said.earlier else ()
        return replace(found, thread=said.thread, earlier=said.earlier, kept=kept)


def _heard(loaded: asyncio.Future[Appraisal]) -> None:
    """What one of those who wait was told; whether it failed is logged once, not by each of them."""
    if not loaded.cancelled():
        loaded.exception()
