"""What an engine has learned, as bytes from which restoring.py lets a new one go on.

A snapshot holds what the policy knows of every item (counts, clocks, ranks), its sketch, its shadows where it has any,
and what the multiplexer believes; the bytes of the answers are the store's.

This file and restoring.py are the friends of `Cache` and `Ranking` that read and write what is theirs.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.item import GONE, Item
from pantler.core.packing import packed
from pantler.core.pieces import Many, pieces
from pantler.core.queueing import Queueing
from pantler.core.ranking import Ranking
from pantler.core.seams import Learner, Multiplexer, Policy
from pantler.core.sketch_state import SketchState, sketch_state
from pantler.core.types import Appraisal, Serve

VERSION = 3


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


def snapshot(engine: Engine) -> Iterator[bytearray]:
    """What the engine has learned, piece by piece; in a thread beside it, each item as it was at some moment."""
    cache, policy = engine.cache, engine.cache.policy
    ranking = policy if isinstance(policy, Ranking) else None
    taken = Snapshot(
        version=VERSION,
        policy=policy_name(policy),
        multiplexer=type(engine.multiplexer).__qualname__,
        number=cache._number,
        clock=ranking.clock if ranking else 0.0,
        now=ranking.now if ranking else 0.0,
        sketch=sketch_state(ranking._sketch) if ranking and ranking._sketch else None,
        policy_state=_learned(policy),
        multiplexer_state=_learned(engine.multiplexer),
        residents=_residents(cache),
    )
    return pieces(taken)


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


def _residents(cache: Cache) -> list[Resident]:
    here = [item for item in _in_order(cache) if item.touched != GONE]
    return Many(_resident, here)  # type: ignore[return-value]  # which becomes that list


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
