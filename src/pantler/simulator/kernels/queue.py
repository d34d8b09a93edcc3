"""Requests in order under a discipline of queues: the template that the sweep compiles around one policy's steps.

What it does is what core.cache and core.queueing do, request by request.
"""

from typing import Any, NamedTuple

import numpy as np

from pantler.core.queues import FREE, GHOST, GONE, free_slot, is_full, is_narrow, push, take
from pantler.core.queues import uncounted as come
from pantler.policies.sieve import enter, hit
from pantler.simulator.kernels.requests import Requests

COUNTS = False

PLACE = np.dtype(
    [
        ("size", np.int64),
        ("key", np.uint64),
        ("after", np.int32),
        ("before", np.int32),
        ("id", np.int32),
        ("home", np.int16),
        ("mark", np.int16),
    ]
)


class State(NamedTuple):
    """One cache: the slot of each id or FREE, the queues, and the capacity in bytes."""

    slots: Any
    queues: Any
    capacity: int


def run(requests: Requests, state: State, hits: Any, start: int) -> int:
    """Serve requests[start:], marking hits; returns where it stopped because the state has to grow."""
    slots, queues = state.slots, state.queues
    for i in range(start, len(hits)):
        slot = slots[requests.ids[i]]
        hits[i] = slot != FREE and queues.places[slot].home > GHOST
        if hits[i]:
            hit(queues, slot)
            continue
        if is_full(queues):
            return i
        miss(requests, state, i)
        if COUNTS and is_narrow(queues):
            return i + 1
    return len(hits)


def miss(requests: Requests, state: State, i: int) -> None:
    """Count an absent arrival; queue its answer where the cache can hold it."""
    queues, slots = state.queues, state.slots
    come(queues, requests.keys[i])
    if requests.occupied[i] > state.capacity:
        return
    slot = slots[requests.ids[i]]
    returns = slot != FREE
    if returns:
        take(queues, slot)
    else:
        slot = free_slot(queues)
        slots[requests.ids[i]] = slot
    place = queues.places[slot]
    place.id = requests.ids[i]
    place.size = requests.occupied[i]
    place.key = requests.keys[i]
    enter(queues, slot, returns)
    while queues.places[GONE].before != GONE:
        leave(state, queues.places[GONE].before)


def leave(state: State, slot: int) -> None:
    """Free a slot that has gone."""
    state.slots[state.queues.places[slot].id] = FREE
    take(state.queues, slot)
    push(state.queues, slot, FREE)
