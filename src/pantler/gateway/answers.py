"""One request for an answer: what is kept for it, or the call that is made, as it goes to the client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pantler.core.types import Miss
from pantler.gateway.bodies import whole_body
from pantler.gateway.books import Books, limited
from pantler.gateway.desk import Desk
from pantler.gateway.exchange import Exchange
from pantler.gateway.limits import Limiter
from pantler.gateway.replies import JSON, Receive, Refused, fault, reply
from pantler.gateway.streaming import send_live, send_stored
from pantler.gateway.wire import Wire
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.loop import Loop
from pantler.live.passages import Passage

NOT_CACHED = fault(504, "not_cached", "nothing is stored for this request, and only-if-cached forbids to ask a model")


class Answers:
    """Answers requests of every wire out of `loop`."""

    def __init__(self, desk: Desk, limiter: Limiter, loop: Loop, books: Books) -> None:
        self.desk = desk
        self.loop = loop
        self._limiter = limiter
        self._books = books

    async def answer(self, wire: Wire, exchange: Exchange) -> None:
        """Answer a request; raises what it is to be told where nothing was sent yet."""
        digest = self._enter(exchange)
        try:
            body = await whole_body(exchange, self.desk.most_bytes)
            errand = exchange.errand = self.desk.errand(wire, body, exchange)
            found = self.loop.look(errand)
            if isinstance(found, Hit):
                await self._serve(wire, errand, found, exchange)
            else:
                await self._call(wire, errand, found, exchange)
        finally:
            self._limiter.leave(digest, exchange.tokens)

    @contextmanager
    def entered(self, exchange: Exchange) -> Iterator[None]:
        """A request that asks no model, of a known key within its limits."""
        digest = self._enter(exchange)
        try:
            yield
        finally:
            self._limiter.leave(digest)

    def _enter(self, exchange: Exchange) -> str:
        holder = exchange.holder = self.desk.holder(exchange.head)
        refusal = self._limiter.admit(holder.key.digest)
        if refusal is not None:
            raise limited(refusal)
        return holder.key.digest

    async def _serve(self, wire: Wire, errand: Errand, hit: Hit, exchange: Exchange) -> None:
        """Send a stored answer."""
        exchange.tier = hit.tier
        saved = self._books.served(errand, hit)
        exchange.is_noted = True
        headers = exchange.sums(hit.entry, 0, saved)
        exchange.is_begun = True
        if errand.streamed and wire.events is not None:
            await send_stored(exchange.send, headers, wire, errand, hit.entry)
        else:
            await reply(exchange.send, 200, [JSON, *headers], hit.entry.body)

    async def _call(self, wire: Wire, errand: Errand, miss: Miss, exchange: Exchange) -> None:
        """Send the answer of this request's own call or of an equal one's."""
        if not errand.wishes.calls:
            raise Refused(NOT_CACHED)
        passage = self.loop.answer(errand, miss)
        exchange.is_noted = True  # by the call, or below
        watching = asyncio.get_running_loop().create_task(_watch(exchange.receive, passage))
        try:
            landing = await self._send(wire, passage, exchange)
        except Exception as failure:
            if not passage.leads:
                self._books.followed(errand, failure)
            raise
        finally:
            watching.cancel()
            passage.leave()
        if passage.leads:
            exchange.tokens = landing.entry.tokens_in + landing.entry.tokens_out
        else:
            self._books.followed(errand, landing)

    async def _send(self, wire: Wire, passage: Passage, exchange: Exchange) -> Landing:
        """Send what the passage brings, streamed or whole."""
        errand = passage.errand
        if errand.streamed and wire.events is not None:
            await send_live(exchange, wire, passage)
            return await passage.answer()
        landing = await passage.answer()
        exchange.tier = passage.tier
        spent = landing.spent if passage.leads else 0
        headers = exchange.sums(landing.entry, spent, self._books.saved(errand, landing.entry, spent))
        exchange.is_begun = True
        await reply(exchange.send, 200, [JSON, *headers], landing.entry.body)
        return landing


async def _watch(receive: Receive, passage: Passage) -> None:
    """Tell the passage when the client has gone: once its body has come, nothing else can."""
    while (await receive())["type"] != "http.disconnect":
        pass
    passage.stop()
