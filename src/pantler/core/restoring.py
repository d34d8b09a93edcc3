"""A new engine that goes on from what an old one had learned: see snapshot.py.

Only what was made by the same version for the same policy and multiplexer is taken up. The policy takes up what it knew
whole or not at all, and so does the multiplexer; a part that cannot begins anew, whatever the other does.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify as heapify_deadlines
from typing import Any

import msgspec
from msgspec.structs import replace

from pantler.core.asks import Entry
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.errors import PantlerError
from pantler.core.heap import heapify
from pantler.core.item import FOREVER, NEVER, Item
from pantler.core.packing import as_kept
from pantler.core.ranking import Ranking
from pantler.core.seams import Learner, Multiplexer
from pantler.core.sketch_state import restore_sketch
from pantler.core.snapshot import VERSION, Resident, Snapshot, policy_name
from pantler.core.types import Key, Query, Serve


class Restored(msgspec.Struct, frozen=True):
    """What became of a restart: how many items go on as they were and how many start anew.

    `dropped` are the keys of entries that the engine will not keep, for the store to drop too. `ignored` says what of
    the snapshot was not used and why, empty where all of it was.
    """

    ranked: int
    anew: int
    dropped: tuple[Key, ...]
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class Windows:
    """How long an answer stays: so many seconds after its own expiry as its route gives; `now` is when it is asked."""

    stale_seconds: Mapping[str, float] = field(default_factory=dict)
    now: float = NEVER

    def end(self, entry: Entry) -> float:
        """When it may no longer be served at all."""
        return entry.expires + self.stale_seconds.get(entry.route, 0.0)


NO_WINDOWS = Windows()


def restore(
    engine: Engine, kept: bytes | None, entries: Iterable[tuple[Key, Entry]], windows: Windows = NO_WINDOWS
) -> Restored:
    """Let a new engine go on from a snapshot (None where there is none) with the entries that the store still has."""
    with _uncollected():
        return _restore(engine, kept, dict(entries), windows)


def _restore(engine: Engine, kept: bytes | None, waiting: dict[Key, Entry], windows: Windows) -> Restored:
    dropped = [key for key, entry in waiting.items() if windows.end(entry) <= windows.now]
    for key in dropped:
        del waiting[key]
    taken, why = _read(engine, kept)
    unused, ranked = [why], 0
    if taken is not None:
        items = [
            _item(resident, entry, windows.end(entry))
            for resident in taken.residents
            if (entry := waiting.get(int.from_bytes(resident.key))) is not None
        ]
        unused.append(_teach(engine.multiplexer, taken.multiplexer_state))
        unwanted, why = _rank(engine.cache, taken, items)
        unused.append(why)
        if not why:
            dropped += unwanted
            ranked = len(items)
            for item in items:
                del waiting[item.payload.query.key]
    dropped += _shrink(engine.cache)
    for key, entry in waiting.items():
        dropped += _offer(engine, key, entry, windows.end(entry))
    stored = len(engine.cache)
    return Restored(min(ranked, stored), max(0, stored - ranked), tuple(dropped), "; ".join(filter(None, unused)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector from walking again and again what is made here and stays: 0.3 s of 100,000 items."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(engine: Engine, kept: bytes | None) -> tuple[Snapshot | None, str]:
    """The snapshot, if it is one that this engine can use, else why not."""
    if kept is None:
        return None, "there is none"
    try:
        taken = msgspec.msgpack.decode(kept, type=Snapshot)
    except msgspec.MsgspecError as error:
        return None, f"it cannot be read ({error})"
    policy, multiplexer = policy_name(engine.cache.policy), type(engine.multiplexer).__qualname__
    if taken.version != VERSION:
        return None, f"it has version {taken.version}, not {VERSION}"
    if taken.policy != policy:
        return None, f"it was made for the policy {taken.policy}, not {policy}"
    if taken.multiplexer != multiplexer:
        return None, f"it was made for the multiplexer {taken.multiplexer}, not {multiplexer}"
    return taken, ""


def recalled(multiplexer: Multiplexer, kept: bytes | None) -> str:
    """Let a multiplexer alone go on from what a snapshot has of it; why it cannot, empty where it does."""
    if kept is None:
        return "nothing was learned"
    try:
        taken = msgspec.msgpack.decode(kept, type=Snapshot)
    except msgspec.MsgspecError as error:
        return f"what was learned cannot be read ({error})"
    if (taken.version, taken.multiplexer) != (VERSION, type(multiplexer).__qualname__):
        return "what was learned is of another version"
    return _teach(multiplexer, taken.multiplexer_state)


def _teach(multiplexer: Multiplexer, kept: Any) -> str:
    """Let a multiplexer go on from what it knew; why it cannot, in which case it is as it was before."""
    if not isinstance(multiplexer, Learner):
        return ""
    before = as_kept(multiplexer.snapshot())
    try:
        multiplexer.restore(kept)
    except Exception as error:  # noqa: BLE001 - a part that is somebody else's may raise anything
        multiplexer.restore(before)
        return f"what the multiplexer knew has another shape ({_told(error)}): every route begins anew as configured"
    return ""


def _rank(cache: Cache, taken: Snapshot, items: list[Item]) -> tuple[list[Key], str]:
    """Give the cache its items, ranked by what the policy knew of them.

    Returns the keys of those that the policy then would not have; and why it cannot go on from what it knew, in which
    case the cache is as empty as before.
    """
    policy = cache.policy
    before = as_kept(policy.snapshot()) if isinstance(policy, Learner) else None
    try:
        return _take_up(cache, taken, items), ""
    except Exception as error:  # noqa: BLE001 - as above
        _empty(cache)
        if isinstance(policy, Learner):
            policy.restore(before)
        return [], f"what the policy knew has another shape ({_told(error)})"


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _take_up(cache: Cache, taken: Snapshot, items: list[Item]) -> list[Key]:
    policy = cache.policy
    cache._number = taken.number
    cache.residents.update((item.key, item) for item in items)
    cache.used = sum(item.size for item in items)
    cache._deadlines = [(item.expires, item.touched, item) for item in items if item.expires < FOREVER]
    heapify_deadlines(cache._deadlines)
    dropped = []
    if isinstance(policy, Ranking):
        policy.clock, policy.now = taken.clock, taken.now
        policy._heap = list(items)
        heapify(policy._heap)  # some of the snapshot's may be missing
    else:
        dropped = _readmit(cache, items)
    if isinstance(policy, Learner):
        policy.restore(taken.policy_state)
    if isinstance(policy, Ranking) and policy._sketch is not None and taken.sketch is not None:
        restore_sketch(policy._sketch, taken.sketch)
    return dropped


def _empty(cache: Cache) -> None:
    """Take back what `_take_up` did, as far as it came."""
    policy = cache.policy
    if isinstance(policy, Ranking):
        policy.clock = policy.now = 0.0
        policy._heap = []
    else:
        for item in cache.residents.values():
            policy.discard(item)
    cache.residents.clear()
    cache.used, cache._number, cache._deadlines = 0, 0, []


def _readmit(cache: Cache, items: list[Item]) -> list[Key]:
    """Let a policy that keeps an order of its own have the items in the order of their last touches."""
    dropped = []
    for item in items:
        victims = cache.policy.admit(item, 0)
        for victim in (item,) if victims is None else victims:
            dropped.append(victim.payload.query.key)
            del cache.residents[victim.key]
            cache.used -= victim.size
    return dropped


def _item(resident: Resident, entry: Entry, expires: float) -> Item:
    size = entry.size_bytes
    query = Query(int.from_bytes(resident.key), size, None, resident.route, resident.appraisal)
    serve = Serve(
        query=query,
        model=resident.model,
        saved=resident.saved,
        wrong=resident.wrong,
        ratings=resident.ratings,
        upgraded=resident.upgraded,
        hints=resident.hints,
    )
    item = Item(query.key, resident.cost, size, serve, expires)
    item.frequency, item.clock = resident.frequency, resident.clock
    item.touched = resident.touched
    item.priority, item.ranked, item.digest = resident.priority, resident.ranked, resident.digest
    return item


def _offer(engine: Engine, key: Key, entry: Entry, expires: float) -> list[Key]:
    """Offer an entry that the snapshot does not know, as if it had just been answered; the keys that are not kept."""
    cache, size = engine.cache, entry.size_bytes
    serve = Serve(Query(key, size, None, entry.route), entry.model, 0.0)
    try:
        saved = engine.multiplexer.revalue(serve)
    except (PantlerError, KeyError):  # of a model or a route that is no longer configured
        return [key]
    if saved < 0.0:
        return [key]
    cache.arrive(key)
    verdict = cache.put(Item(key, saved, size, replace(serve, saved=saved), expires))
    gone = [] if verdict.admitted else [key]
    return gone + [victim.payload.query.key for victim in verdict.evicted]


def _shrink(cache: Cache) -> list[Key]:
    """Drop what is worth least where the capacity has become smaller than what is kept."""
    if cache.used <= cache.capacity:
        return []
    dropped = []
    for item in sorted(cache.residents.values(), key=lambda item: (item.priority, item.touched)):
        if cache.used <= cache.capacity:
            break
        dropped.append(item.payload.query.key)
        cache.drop(item.key)
    return dropped
