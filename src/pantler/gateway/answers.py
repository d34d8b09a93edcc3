"""One request for an answer: what is kept for it, or the call that is made, as it goes to the client."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from pantler.config.keys import Holder
from pantler.core.types import Miss
from pantler.gateway import doubts, logs
from pantler.gateway.again import LARGEST_BODY, Again
from pantler.gateway.bodies import whole_body
from pantler.gateway.books import Books, limited
from pantler.gateway.clocks import Clocks
from pantler.gateway.decisions import Decisions
from pantler.gateway.desk import Desk, sender
from pantler.gateway.exchange import Exchange
from pantler.gateway.explaining import explains, of_call, of_hit
from pantler.gateway.fitting import demand_fitting
from pantler.gateway.lately import Lately
from pantler.gateway.limits import Limiter
from pantler.gateway.offers import Remember
from pantler.gateway.pacing import Pacing
from pantler.gateway.readings import Arrival, Reading
from pantler.gateway.ready import Dates, ready
from pantler.gateway.replies import JSON, Receive, Refused, fault
from pantler.gateway.streaming import EVENTS, PACE_SECONDS, Paced, send_live, send_paced, stored_events
from pantler.gateway.veiled import Veiled, send_veiled
from pantler.gateway.wire import Wire
from pantler.live.appraising import Appraising
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.loop import Loop
from pantler.live.passages import Passage

CLOSED: Final = fault(
    503, "ending", "this gateway is about to end and takes no new requests; ask again, it is another's turn"
)
NOTHING_STORED: Final = "nothing is stored for this request, and only-if-cached forbids to ask a model"
NOT_CACHED: Final = fault(504, logs.NOT_CACHED, NOTHING_STORED)


class Answers:
    """Answers requests of every wire out of `loop`."""

    def __init__(self, desk: Desk, limiter: Limiter, loop: Loop, books: Books, clocks: Clocks) -> None:
        self.desk = desk
        self.limiter = limiter
        self.loop = loop
        self.books = books
        self.clocks = clocks
        self.decisions = Decisions()
        self.is_closed = False
        self.committed: Callable[[], Awaitable[None]] | None = None  # where set, waited for before an answer ends
        self.appraising: Appraising | None = None  # where a route's multiplexer is learned
        self.noted: Callable[[Errand], None] | None = None  # where set, told of every request that was read, and
        self.looked: Callable[[Reading, Arrival], None] | None = None  # of those that were answered at once
        self.pacing = Pacing()
        self.lately = Lately()
        self.dates = Dates()

    async def answer(self, wire: Wire, exchange: Exchange) -> None:
        """Answer a request; raises what it is to be told where nothing was sent yet."""
        exchange.worded = wire.error
        digest = self._enter(exchange)
        try:
            body = await whole_body(exchange, self.desk.most_bytes)
            errand = exchange.errand = self.desk.errand(self._reading(wire, body, exchange), exchange.arrival)
            if self.noted is not None:
                self.noted(errand)
            exchange.comes_again = self.lately.note(digest, body)
            found = self.loop.look(errand)
            if errand.asking is not None and isinstance(found, Miss) and self.loop.semantic is not None:
                found = await self.loop.semantic.look(errand, found)
            if isinstance(found, Miss) and self.appraising is not None and not _is_appraised(errand):
                found = await self.appraising.look(errand, found)
            if isinstance(found, Hit):
                await self._serve(wire, errand, found, exchange)
            else:
                await self._call(wire, errand, found, exchange)
        finally:
            self.limiter.leave(digest)

    @contextmanager
    def entered(self, exchange: Exchange) -> Iterator[None]:
        """A request that asks no model, of a known key within its limits."""
        digest = self._enter(exchange)
        try:
            yield
        finally:
            self.limiter.leave(digest)

    def _enter(self, exchange: Exchange) -> str:
        if self.is_closed:
            raise Refused(CLOSED, [(b"retry-after", b"1"), (b"connection", b"close")])
        return self.admit(exchange, self.desk.holder(exchange.head))

    def admit(self, exchange: Exchange, holder: Holder) -> str:
        """Let a holder's request in, which has to leave; the digest of its key, Refused where that has no room."""
        exchange.holder = holder
        refusal = self.limiter.admit(holder.key.digest)
        if refusal is not None:
            raise limited(refusal)
        return holder.key.digest

    def _reading(self, wire: Wire, body: bytes, exchange: Exchange) -> Reading:
        """What the body asks, as far as the desk has not read it before a reload."""
        reading = exchange.reading
        if reading is not None and reading.desk is self.desk:
            return reading
        assert exchange.holder is not None, "a request without a holder is not read"
        return self.desk.reading(wire, body, sender(exchange.holder, exchange.head))

    async def _serve(self, wire: Wire, errand: Errand, hit: Hit, exchange: Exchange) -> None:
        """Send a stored answer."""
        exchange.tier, entry = hit.tier, hit.entry
        baseline = self.books.served(errand, hit).baseline
        exchange.is_noted = True
        if self.committed is not None:
            await self.committed()
        if hit.veil is not None:
            with self.pacing.waits(exchange) as waits:
                await send_veiled(Veiled(wire, errand, hit), exchange, self.books, waits)
            return
        asked_why = explains(exchange.head)
        marks = [*exchange.marks(entry.model), *exchange.summed(entry, 0, baseline), *doubts.marks(hit)]
        marks += of_hit(errand, hit) if asked_why else []
        is_stream = errand.streamed and wire.events is not None
        if is_stream and errand.route.pace_replay:
            stored = Paced([*EVENTS, *marks], stored_events(wire, errand, entry), PACE_SECONDS, errand.ask.deadline)
            with self.pacing.waits(exchange) as waits:
                await send_paced(exchange, wire, stored, waits)
            return
        exchange.is_begun = True
        if not is_stream:
            await exchange.answer([JSON, *marks], entry.body)
        else:
            await exchange.answer([*EVENTS, *marks], b"".join(stored_events(wire, errand, entry)))
        if exchange.remember is not None and exchange.comes_again and not asked_why:
            self.offer(exchange.remember, wire, errand, hit)

    def offer(self, remember: Remember, wire: Wire, errand: Errand, hit: Hit) -> None:
        """Let a hit be remembered for the same bytes again, where that may be answered alike."""
        is_steady = hit.tier == "hit" and errand.route.variants == 1
        if is_steady and self.committed is None:  # what waits cannot be answered at once
            fixed = ready(wire, errand, hit.entry)
            if len(fixed.body) <= LARGEST_BODY:
                remember(Again(self, errand, hit.entry, fixed), len(fixed.body))

    async def _call(self, wire: Wire, errand: Errand, miss: Miss, exchange: Exchange) -> None:
        """Send the answer of this request's own call or of an equal one's."""
        if not errand.wishes.calls:
            raise Refused(NOT_CACHED)
        demand_fitting(wire, errand.ask.body)
        passage = self.loop.answer(errand, miss)
        exchange.tier = passage.tier  # also of an error
        exchange.is_noted = True  # by the call, or below
        watching = None
        if exchange.leaving is not None:
            exchange.leaving(passage.stop)
        else:
            watching = asyncio.get_running_loop().create_task(_watch(exchange.receive, passage))
        try:
            await self._send(wire, passage, exchange)
        except Exception as failure:
            self.desert(passage, exchange, failure)
            raise
        finally:
            if watching is not None:
                watching.cancel()
            passage.leave()

    async def _send(self, wire: Wire, passage: Passage, exchange: Exchange) -> None:
        """Send what the passage brings, streamed or whole."""
        errand = passage.errand
        if errand.streamed and wire.events is not None:
            if explains(exchange.head):
                exchange.why = partial(of_call, self.books, passage)
            await send_live(exchange, wire, passage, partial(self._ended, passage, exchange))
            return
        landing = await self._settled(passage, exchange)
        self.know(passage, landing, exchange)
        entry = landing.entry
        exchange.is_begun = True
        marks = [*exchange.marks(entry.model), *exchange.known(entry)]
        marks += of_call(self.books, passage) if explains(exchange.head) else []
        await exchange.answer([JSON, *marks], entry.body)

    async def _settled(self, passage: Passage, exchange: Exchange) -> Landing:
        """What the passage has brought, its row being where it must be before the answer ends."""
        landing = await passage.answer()
        self.settle(passage, landing, exchange)
        if self.committed is not None:
            await self.committed()
        return landing

    async def _ended(self, passage: Passage, exchange: Exchange) -> None:
        """As `_settled`, of a stream, whose end says what its head could not."""
        self.know(passage, await self._settled(passage, exchange), exchange)

    def settle(self, passage: Passage, landing: Landing, exchange: Exchange) -> None:
        """The passage has brought its answer, of which whoever started its flight has the row."""
        exchange.is_settled = True
        exchange.tier = passage.tier
        if not passage.leads:
            self.books.followed(passage.errand, landing)

    def desert(self, passage: Passage, exchange: Exchange, failure: Exception) -> None:
        """The passage has failed its client, or its client it; its row is the flight's, or is written here."""
        exchange.lose(passage)
        if passage.leads:
            passage.desert(failure)
        elif not exchange.is_settled:
            self.books.followed(passage.errand, failure)

    def know(self, passage: Passage, landing: Landing, exchange: Exchange) -> None:
        """What its answer has cost a client, and saved it."""
        if passage.leads:
            exchange.know(landing.spent, landing.baseline)
        else:
            exchange.know(0, self.books.saved(passage.errand, landing.entry, 0).baseline)


def _is_appraised(errand: Errand) -> bool:
    """Whether what a call will cost was looked at already, so as to weigh a near answer against it."""
    return errand.asking is not None and errand.asking.is_appraised


async def _watch(receive: Receive, passage: Passage) -> None:
    """Tell the passage when the client has gone: once its body has come, nothing else can."""
    while (await receive())["type"] != "http.disconnect":
        pass
    passage.stop()
