"""What an engine has learned as bytes, and an engine that goes on from there.

A snapshot holds what the policy knows of every item (counts, clocks, ranks), its sketch, its shadows where it has any,
and what the multiplexer believes; the bytes of the answers are the store's. Only what was made by the same version for
the same policy and multiplexer is taken up, whole or not at all.

This file is the one friend of `Cache` and `Ranking` that reads and writes what is theirs.
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
from pantler.core.item import FOREVER, GONE, NEVER, Item
from pantler.core.packing import append_list, as_kept, packed
from pantler.core.queueing import Queueing
from pantler.core.ranking import Ranking
from pantler.core.seams import Learner, Multiplexer, Policy
from pantler.core.sketch_state import SketchState, restore_sketch, sketch_state
from pantler.core.types import Appraisal, Key, Query, Serve

VERSION = 2
MAP = 0x80  # of fewer than 16 fields, as msgpack has it


class Resident(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An item with the `Serve` that a hit on it returns."""

    key: bytes
    route: str
    model: str
    saved: float
    wrong: float
    ratings: int
    upgraded: bool
    cost: float
    frequency: float
    clock: float
    touched: int
    priority: float
    ranked: int
    digest: int
    appraisal: Appraisal | None = None
    hints: int = 0


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The whole of it; `policy` and `multiplexer` say for which ones it holds."""

    version: int
    policy: str
    multiplexer: str
    number: int  # the cache's last arrival
    residents: list[Resident]
    clock: float = 0.0
    now: float = 0.0
    sketch: SketchState | None = None
    policy_state: Any = None
    multiplexer_state: Any = None


class Restored(msgspec.Struct, frozen=True):
    """What became of a restart: how many items go on as they were and how many start anew.

    `dropped` are the keys of entries that the engine will not keep, for the store to drop too. `ignored` says why the
    snapshot was not used, empty where it was.
    """

    ranked: int
    anew: int
    dropped: tuple[Key, ...]
    ignored: str = ""


def snapshot(engine: Engine) -> bytearray:
    """What the engine has learned; in a thread beside it, each item as it was at some moment of the run.

    It is encoded field by field, for the values of all fields together would take three times the memory.
    """
    encode_into = msgspec.msgpack.Encoder().encode_into
    encoded = bytearray([MAP | len(Snapshot.__struct_fields__)])
    for name, value in _fields(engine):
        encode_into(name, encoded, -1)
        encode_into(value, encoded, -1)
    encode_into("residents", encoded, -1)
    append_list((_resident(item) for item in _in_order(engine.cache) if item.touched != GONE), encoded)
    return encoded


def _fields(engine: Engine) -> Iterator[tuple[str, Any]]:
    """All but the residents, each asked for when the one before it is let go."""
    cache, policy = engine.cache, engine.cache.policy
    yield "version", VERSION
    yield "policy", policy_name(policy)
    yield "multiplexer", type(engine.multiplexer).__qualname__
    yield "number", cache._number
    ranking = policy if isinstance(policy, Ranking) else None
    yield "clock", ranking.clock if ranking else 0.0
    yield "now", ranking.now if ranking else 0.0
    yield "sketch", sketch_state(ranking._sketch) if ranking and ranking._sketch else None
    yield "policy_state", _learned(policy)
    yield "multiplexer_state", _learned(engine.multiplexer)


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
    taken, ignored = _read(engine, kept)
    if taken is not None and (ignored := _teach(engine.multiplexer, taken.multiplexer_state)):
        taken = None
    ranked = 0
    if taken:
        ranked, unwanted = _take_up(engine, taken, waiting, windows)
        dropped += unwanted
    dropped += _shrink(engine.cache)
    for key, entry in waiting.items():
        dropped += _offer(engine, key, entry, windows.end(entry))
    stored = len(engine.cache)
    return Restored(min(ranked, stored), max(0, stored - ranked), tuple(dropped), ignored)


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


def policy_name(policy: Policy) -> str:
    """The policy with its parameters, in words that another one does not share."""
    if isinstance(policy, Queueing):
        return f"{type(policy).__qualname__} {policy._steps!r}"
    scores = getattr(policy, "_scores", None) or [getattr(policy, "score", None)]
    parameters = [
        (type(score).__qualname__, score.ages, score.admits_all, score.memory, score.half_life)
        for score in scores
        if score is not None
    ]
    return f"{type(policy).__qualname__} {parameters}"


def _learned(part: Policy | Multiplexer) -> Any:
    return part.snapshot() if isinstance(part, Learner) else None


def _in_order(cache: Cache) -> list[Item]:
    """The items as the policy's heap has them, else least recently touched first."""
    if isinstance(cache.policy, Ranking):
        return list(cache.policy._heap)
    return sorted(cache.residents.values(), key=lambda item: item.touched)


def _resident(item: Item) -> Resident:
    serve: Serve = item.payload
    return Resident(
        packed(serve.query.key),
        serve.query.route,
        serve.model,
        serve.saved,
        serve.wrong,
        serve.ratings,
        serve.upgraded,
        item.cost,
        item.frequency,
        item.clock,
        item.touched,
        item.priority,
        item.ranked,
        item.digest,
        serve.query.appraisal,
        serve.hints,
    )


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


def _teach(multiplexer: Multiplexer, kept: Any) -> str:
    """Let a multiplexer go on from what it knew; why it cannot, in which case it is as it was before."""
    if not isinstance(multiplexer, Learner):
        return ""
    before = as_kept(multiplexer.snapshot())
    try:
        multiplexer.restore(kept)
    except (msgspec.ValidationError, TypeError, ValueError, LookupError) as error:
        multiplexer.restore(before)
        return f"what the multiplexer knew has another shape ({error})"
    return ""


def _take_up(engine: Engine, taken: Snapshot, waiting: dict[Key, Entry], windows: Windows) -> tuple[int, list[Key]]:
    """Give the engine what it knew, and take those entries from the waiting that it knew of.

    Returns how many, and the keys of those that the policy then would not have.
    """
    cache, policy = engine.cache, engine.cache.policy
    items = []
    for resident in taken.residents:
        entry = waiting.pop(int.from_bytes(resident.key), None)
        if entry is not None:
            items.append(_item(resident, entry, windows.end(entry)))
    cache._number = taken.number
    cache.residents.update((item.key, item) for item in items)
    cache.used = sum(item.size for item in items)
    cache._deadlines = [(item.expires, item.touched, item) for item in items if item.expires < FOREVER]
    heapify_deadlines(cache._deadlines)
    dropped = []
    if isinstance(policy, Ranking):
        _restore_ranking(policy, taken, items)
    else:
        dropped = _readmit(cache, items)
    if isinstance(policy, Learner):
        policy.restore(taken.policy_state)
    return len(items), dropped


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


def _restore_ranking(ranking: Ranking, taken: Snapshot, items: list[Item]) -> None:
    ranking.clock, ranking.now = taken.clock, taken.now
    if ranking._sketch is not None and taken.sketch is not None:
        restore_sketch(ranking._sketch, taken.sketch)
    ranking._heap = items
    heapify(items)  # some of the snapshot's may be missing


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
