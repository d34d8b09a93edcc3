"""Answers as server-sent events: live ones piece by piece as they come, stored ones as they came."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from pantler.core.asks import Entry
from pantler.gateway.exchange import AGE, UNSETTLED, Exchange
from pantler.gateway.failures import refused
from pantler.gateway.pacing import Waits
from pantler.gateway.replies import Headers, Send
from pantler.gateway.wire import Events, Wire
from pantler.live.errands import Errand
from pantler.live.passages import Passage

EVENTS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # which nginx heeds: a proxy in front holds no piece back
]
PACE_SECONDS = 0.02  # between the pieces of a stored answer, where the route replays it paced


async def send_live(exchange: Exchange, wire: Wire, passage: Passage, settled: Callable[[], Awaitable[object]]) -> None:
    """Send every piece as it comes, the end once all is `settled`, with what the head could not say.

    Raises where no piece has come; else the failure ends the stream as an event, and is raised too.
    """
    events = wire.events
    assert events is not None, "only a wire with events is streamed"
    pieces = await passage.pieces()
    exchange.tier = passage.tier
    send, with_usage = exchange.send, passage.errand.with_usage
    await _begin(send, [*EVENTS, *live_marks(exchange, passage.model)])
    exchange.is_begun = True
    try:
        while pieces:
            data = b"".join([events.event(piece, with_usage=with_usage) for piece in pieces])
            if data:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            pieces = await passage.pieces()
        await settled()
    except Exception as failure:
        exchange.lose(passage)
        refusal = refused(failure)
        told = events.event(refusal.body or wire.error(refusal.fault), with_usage=True)
        await _end(send, said_last(events, exchange) + told)
        raise
    await _end(send, said_last(events, exchange) + events.end)


def live_marks(exchange: Exchange, model: str) -> Headers:
    """The marks of a stream that begins before it is known what it costs."""
    exchange.sums = UNSETTLED
    return [*exchange.marks(model), (AGE, b"0"), *exchange.money(), *exchange.why()]


def said_last(events: Events, exchange: Exchange) -> bytes:
    """What is known of money now that all pieces have come, which no client takes for a piece."""
    return events.remark([b"%s: %s" % mark for mark in exchange.money()])


def stored_events(wire: Wire, errand: Errand, entry: Entry) -> list[bytes]:
    """The events of a stored answer, as they came."""
    events = wire.events
    assert events is not None, "only a wire with events is streamed"
    pieces = entry.pieces or wire.split(entry.body)
    told = [events.event(piece, with_usage=errand.with_usage) for piece in pieces]
    return [*filter(None, told), events.end]


class Paced(NamedTuple):
    """A stored stream, and how long to pause between its pieces; at `deadline`, in the loop's time, the rest goes."""

    headers: Headers
    events: list[bytes]
    pause_seconds: float
    deadline: float


async def send_paced(exchange: Exchange, wire: Wire, paced: Paced, waits: Waits) -> None:
    """Send events one by one, as if they were being made; what ends that early is told last, and raised."""
    assert wire.events is not None, "only a wire with events is streamed"
    clock, send = asyncio.get_running_loop().time, exchange.send
    await _begin(send, paced.headers)
    exchange.is_begun = True
    try:
        begun = clock()
        for number, event in enumerate(paced.events[:-1], 1):
            await send({"type": "http.response.body", "body": event, "more_body": True})
            # by the clock from the first on, or each pause's delay would add to the last one's
            await waits.until(min(begun + number * paced.pause_seconds, paced.deadline))
    except Exception as failure:
        await _end(send, wire.events.event(wire.error(refused(failure).fault), with_usage=True))
        raise
    await _end(send, paced.events[-1])


async def _begin(send: Send, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _end(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data})
