"""What shadow caches have seen, as plain values, beside the notes of the policy that follows them."""

from heapq import heapify

import msgspec

from pantler.core.shadows import Contest, Record, Shadow


class RecordState(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A sampled key."""

    digest: int
    count: float
    since: float
    doubles_at: float
    cost: float
    size: float
    chance: float
    occupied: float
    gain: float
    number: int
    now: float
    mask: int
    clocks: list[float]


class ShadowState(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One candidate: `heap` holds (priority, number, serial, digest) of what it holds."""

    clock: float
    used: float
    saved: float
    serial: int
    heap: list[tuple[float, int, int, int]]


class ContestState(msgspec.Struct, frozen=True, gc=False):
    """All candidates over their sampled keys."""

    rate: float
    mean_share: float
    common: float
    records: list[RecordState]
    shadows: list[ShadowState]


class NoteState(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A note of `auto` under its item's key, with its sampled key's digest and whether the shadows still know that."""

    key: bytes
    count: float
    since: float
    doubles_at: float
    record: int | None
    held: bool


class AutoState(msgspec.Struct, frozen=True, gc=False):
    """What `auto` knows beyond a ranking."""

    current: int
    arrivals: int
    next_review: int
    pending: list[tuple[bytes, int, float]]
    notes: list[NoteState]
    contest: ContestState


def contest_state(contest: Contest) -> ContestState:
    """What the shadows know."""
    return ContestState(
        contest.rate,
        contest.mean_share,
        contest.common,
        [_record_state(record) for record in list(contest.records.values())],
        [_shadow_state(shadow) for shadow in contest.shadows],
    )


def restore_contest(contest: Contest, kept: ContestState) -> None:
    """Let a contest of the same candidates go on."""
    contest.rate, contest.mean_share, contest.common = kept.rate, kept.mean_share, kept.common
    contest.records = {state.digest: _record(state) for state in kept.records}
    for shadow, state in zip(contest.shadows, kept.shadows, strict=True):
        shadow.clock, shadow.used, shadow.saved, shadow._serial = state.clock, state.used, state.saved, state.serial
        shadow.heap = [
            (priority, number, serial, contest.records[digest])
            for priority, number, serial, digest in state.heap
            if digest in contest.records
        ]
        heapify(shadow.heap)


def _record_state(record: Record) -> RecordState:
    return RecordState(
        record.digest,
        record.count,
        record.since,
        record.doubles_at,
        record.cost,
        record.size,
        record.chance,
        record.occupied,
        record.gain,
        record.number,
        record.now,
        record.mask,
        list(record.clocks),
    )


def _record(state: RecordState) -> Record:
    record = Record(state.digest, state.count, state.cost, state.size)
    record.since, record.doubles_at = state.since, state.doubles_at
    record.chance, record.occupied, record.gain = state.chance, state.occupied, state.gain
    record.number, record.now = state.number, state.now
    record.mask, record.clocks = state.mask, state.clocks
    return record


def _shadow_state(shadow: Shadow) -> ShadowState:
    held = [
        (priority, number, serial, record.digest)
        for priority, number, serial, record in list(shadow.heap)
        if record.mask & shadow.bit
    ]
    return ShadowState(shadow.clock, shadow.used, shadow.saved, shadow._serial, held)
