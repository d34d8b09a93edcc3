"""Requests in order under a score policy: the template that the sweep compiles around one policy's functions.

What it does is what core.cache and core.ranking do, request by request. The names in capitals and `priority` are those
of one policy here, and are bound to another's when it is compiled.
"""

from math import exp2, inf, log2
from typing import Any, NamedTuple

import numpy as np

from pantler.core.decay import arrive_decayed
from pantler.policies.lec import priority
from pantler.simulator.kernels.heap import SLOT_BITS, SLOT_MASK, sift_down, sift_up
from pantler.simulator.kernels.memory import CEILING, expect, is_narrow, recalled, remember
from pantler.simulator.kernels.prefetching import fetch
from pantler.simulator.kernels.requests import Requests

AGES = False
ADMITS_ALL = False
COUNTS_PLAINLY = True
REMEMBERS = True
NEAR = 12  # requests; memory takes about as long as that many take
AHEAD = 2 * NEAR
IS_FAR = True  # whether the sketch is so large that it is worth fetching ahead

ITEM = np.dtype(
    [
        ("touched", np.int64),
        ("frequency", np.float64),
        ("clock", np.float64),
        ("cost", np.float64),
        ("size", np.float64),
        ("occupied", np.int64),
        ("key", np.uint64),
        ("id", np.int64),
    ]
)
STATUS = np.dtype(
    [
        ("number", np.int64),
        ("used", np.int64),
        ("residents", np.int64),
        ("mask", np.int64),
        ("additions", np.int64),
        ("has_large", np.int64),
        ("clock", np.float64),
        ("now", np.float64),
        ("capacity", np.int64),
        ("half_life", np.float64),
    ]
)


class State(NamedTuple):
    """One cache: the slot + 1 of each id or 0, items by slot, their heap, counters of absent keys, and the rest.

    `large` has the counters that are too large for a byte of the sketch.
    """

    slots: Any
    items: Any
    heap: Any
    sketch: Any
    large: Any
    status: Any


def run(requests: Requests, state: State, hits: Any, start: int) -> int:
    """Serve requests[start:], marking hits; returns where it stopped because the state has to grow."""
    slots, items, status = state.slots, state.items, state.status[0]
    for i in range(start, len(hits)):
        if i + AHEAD < len(hits):
            look_ahead(requests, state, i)
        slot = slots[requests.ids[i]] - 1
        hits[i] = slot >= 0
        if slot >= 0:
            touch(items[slot], status)
            continue
        if status.residents == len(items) or (REMEMBERS and is_narrow(status)):
            return i
        miss(requests, state, i)
    return len(hits)


def look_ahead(requests: Requests, state: State, i: int) -> None:
    """Have memory ready for later requests: where an item is, then the item, or what is known of an absent key."""
    slots = state.slots
    fetch(slots, requests.ids[i + AHEAD])
    if IS_FAR:
        slot = slots[requests.ids[i + NEAR]] - 1
        if slot >= 0:
            fetch(state.items, slot)
            return
        expect(state, requests.keys[i + NEAR])


def touch(item: Any, status: Any) -> None:
    """Write what a hit changes."""
    status.number += 1
    if COUNTS_PLAINLY:
        item.frequency += 1.0
    else:
        advance(status)
        item.frequency = arrive_decayed(item.frequency, status.now)
    item.clock = status.clock
    item.touched = status.number


def advance(status: Any) -> None:
    """One arrival later, in half-lives."""
    status.now += 1.0 / (status.half_life * max(1, status.residents))


def miss(requests: Requests, state: State, i: int) -> None:
    """Count an absent arrival; offer its answer to the cache."""
    status = state.status[0]
    if not COUNTS_PLAINLY:
        advance(status)
    count = 1.0
    if REMEMBERS:
        count = recalled(state, requests.keys[i])
    if requests.occupied[i] > status.capacity:
        return
    status.number += 1
    frequency = count if COUNTS_PLAINLY else status.now + log2(count)
    admit(requests, state, i, frequency)


def admit(requests: Requests, state: State, i: int, frequency: float) -> None:
    """Insert a newcomer in place of the least valuable items, or refuse it where admission is strict."""
    heap, status = state.heap, state.status[0]
    cost, size = requests.costs[i], float(requests.sizes[i])
    excess = status.used + requests.occupied[i] - status.capacity
    replaces = excess > 0
    if replaces:
        bar = inf
        if not ADMITS_ALL:
            bar = float(priority(status.clock, frequency, cost, size, float(status.number)))
        if not evict(state, excess, bar):
            return
    slot = heap[0 if replaces else status.residents].tag & SLOT_MASK
    item = state.items[slot]
    item.touched = status.number
    item.frequency = frequency
    item.clock = status.clock
    item.cost = cost
    item.size = size
    item.occupied = requests.occupied[i]
    item.key = requests.keys[i]
    item.id = requests.ids[i]
    state.slots[item.id] = slot + 1
    status.used += item.occupied
    rank = float(priority(status.clock, frequency, cost, size, float(status.number)))
    tag = status.number << SLOT_BITS | slot
    if replaces:
        sift_down(heap, status.residents, rank, tag)
    else:
        sift_up(heap, status.residents, rank, tag)
        status.residents += 1


def evict(state: State, excess: int, bar: float) -> bool:
    """Evict the smallest prefix that frees `excess`, the last of it still at the root; False if one reaches `bar`."""
    heap, items, status = state.heap, state.items, state.status[0]
    if not ADMITS_ALL and is_short(state, excess, bar):
        return False
    before = status.residents
    while True:
        refresh(heap, items, status.residents)
        if heap[0].priority >= bar:
            restore(heap, status, before)
            return False
        excess -= items[heap[0].tag & SLOT_MASK].occupied
        if excess <= 0:
            break
        pop(heap, status)
    if AGES:
        status.clock = heap[0].priority
    leave(state, heap[0].tag & SLOT_MASK)
    for position in range(status.residents, before):
        leave(state, heap[position].tag & SLOT_MASK)
    return True


def is_short(state: State, excess: int, bar: float) -> bool:
    """Whether all items that may lie below `bar` free less than `excess` together; nothing is popped.

    Items are ranked in the heap no higher than they stand, so that those below the bar are among those that it has
    there: a subtree at its top, walked down and, past its end, up to the next sibling.
    """
    heap, items, length = state.heap, state.items, state.status[0].residents
    position = 0
    while True:
        if position < length and heap[position].priority < bar:
            excess -= items[heap[position].tag & SLOT_MASK].occupied
            if excess <= 0:
                return False
            position = 4 * position + 1
            continue
        while position & 3 == 0:
            if position == 0:
                return True
            position = (position >> 2) - 1
        position += 1


def refresh(heap: Any, items: Any, length: int) -> None:
    """Bring the root up to date until it is the item of least (priority, touched)."""
    while True:
        tag = heap[0].tag
        slot = tag & SLOT_MASK
        item = items[slot]
        if item.touched == tag >> SLOT_BITS:
            return
        rank = float(priority(item.clock, item.frequency, item.cost, item.size, float(item.touched)))
        sift_down(heap, length, rank, item.touched << SLOT_BITS | slot)


def pop(heap: Any, status: Any) -> None:
    """Move the root behind the end of the heap."""
    root, root_tag = heap[0].priority, heap[0].tag
    status.residents -= 1
    last = status.residents
    sift_down(heap, last, heap[last].priority, heap[last].tag)
    heap[last].priority = root
    heap[last].tag = root_tag


def restore(heap: Any, status: Any, before: int) -> None:
    """Take back what was popped."""
    while status.residents < before:
        last = status.residents
        sift_up(heap, last, heap[last].priority, heap[last].tag)
        status.residents += 1


def leave(state: State, slot: int) -> None:
    """An item goes; its count is remembered where the policy remembers."""
    item, status = state.items[slot], state.status[0]
    state.slots[item.id] = 0
    status.used -= item.occupied
    if REMEMBERS:
        count = item.frequency if COUNTS_PLAINLY else exp2(item.frequency - status.now)
        remember(state, item.key, int(min(count, float(CEILING))))
