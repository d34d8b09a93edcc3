"""An answer of another tenant's, sent as if a call for this request had brought it."""

import asyncio
import re
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pantler.core.asks import Entry
from pantler.core.usage import UNREADABLE
from pantler.gateway.books import Books
from pantler.gateway.exchange import Exchange
from pantler.gateway.pacing import Waits
from pantler.gateway.replies import JSON
from pantler.gateway.streaming import EVENTS, Paced, live_marks, said_last, send_paced, stored_events
from pantler.gateway.wire import Wire
from pantler.live.errands import Errand, Hit
from pantler.live.veils import Veil

CREATED = re.compile(rb'"created"\s*:\s*(\d+)')
ID = re.compile(rb'"id"\s*:\s*"([^"\\]*)"')


class Veiled(NamedTuple):
    """A hit that is another tenant's, for an errand on a wire."""

    wire: Wire
    errand: Errand
    hit: Hit


async def send_veiled(veiled: Veiled, exchange: Exchange, books: Books, waits: Waits) -> None:
    """Send the answer with the marks of what its veil shows, no sooner than a call would have brought it."""
    wire, errand, hit = veiled
    veil = hit.veil
    assert veil is not None, "what is the tenant's own is sent as it is"
    entry = renamed(hit.entry, veil)
    exchange.tier = veil.tier
    spent = entry.paid if veil.tier == "miss" else 0
    baseline = books.saved(errand, entry, spent).baseline
    end = min(errand.began + veil.seconds, errand.ask.deadline)
    if errand.streamed and wire.events is not None:
        marks = live_marks(exchange, entry.model)
        exchange.summed(entry, spent, baseline)
        *events, last = stored_events(wire, errand, entry)
        events.append(said_last(wire.events, exchange) + last)
        await waits.until(end - veil.rest_seconds)  # a head comes with the first piece of a call, too
        pause = max(0.0, end - asyncio.get_running_loop().time()) / max(1, len(events) - 1)
        await send_paced(exchange, wire, Paced([*EVENTS, *marks], events, pause, errand.ask.deadline), waits)
        return
    await waits.until(end)
    exchange.is_begun = True
    sums = exchange.summed(entry, spent, baseline)
    await exchange.answer([JSON, *exchange.marks(entry.model), *sums], entry.body)


def renamed(entry: Entry, veil: Veil) -> Entry:
    """The answer with an id and a time of its own, all else as it came; the same for the same veil."""
    body = _renamed(entry.body, veil)
    return replace(entry, body=body, pieces=tuple(_renamed(piece, veil) for piece in entry.pieces), stored_at=veil.time)


def _renamed(whole: bytes, veil: Veil) -> bytes:
    try:
        said = msgspec.json.decode(whole)
    except UNREADABLE:
        return whole
    if not isinstance(said, dict):
        return whole
    whole = _replaced(whole, CREATED, str(said.get("created")), str(int(veil.time)))
    name = said.get("id")
    return _replaced(whole, ID, name, _name(name, veil)) if isinstance(name, str) else whole


def _replaced(whole: bytes, pattern: re.Pattern[bytes], old: str, new: str) -> bytes:
    """The first value that is the answer's own put in place of another; inside of texts no quotes stand bare."""
    for found in pattern.finditer(whole):
        if found[1] == old.encode():
            return whole[: found.start(1)] + new.encode() + whole[found.end(1) :]
    return whole


def _name(old: str, veil: Veil) -> str:
    """An id of the same form."""
    kind, dash, rest = old.rpartition("-")
    drawn = blake2b(f"{veil.decision} {old}".encode(), digest_size=32).hexdigest()
    return f"{kind}{dash}{drawn[: len(rest)]}"
