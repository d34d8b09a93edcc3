"""Where answers stand in a row's cache, as in `core.ranking`, over arrays.

Absent keys are counted exactly, where a policy's sketch may count too many. The names in capitals and `priority` are
those of one policy here, and are bound to another's when it is compiled. Every answer takes one place.
"""

from math import exp2, log2
from typing import Any

from pantler.core.survival import ENDS, observe
from pantler.policies.lec import priority
from pantler.simulator.joint.state import State, World
from pantler.simulator.kernels.heap import SLOT_BITS, SLOT_MASK, sift_down, sift_up

ADMITS_ALL = False
COUNTS_PLAINLY = True
REMEMBERS = True


def advance(world: World, status: Any) -> None:
    """One arrival later, in half-lives."""
    status.now += 1.0 / (world.half_life * max(1, status.residents))


def counted(item: Any, status: Any) -> float:
    """How often a resident's query has come; decayed, where arrivals are."""
    return float(item.frequency) if COUNTS_PLAINLY else exp2(item.frequency - status.now)


def learn(state: State, row: int, frequency: float) -> None:
    """One more hit or end of an answer whose query has come so often."""
    status = state.status[0]
    status.observed = observe(state.survival, row, frequency, status.observed)


def ranked(state: State, key: int, cost: float, number: int) -> float:
    """Where a newcomer would stand."""
    status = state.status[0]
    count = float(state.items[key].count) if REMEMBERS else 1.0
    frequency = count if COUNTS_PLAINLY else status.now + log2(count)
    return float(priority(status.clock, frequency, cost, 1.0, float(number)))


def keeps(world: World, state: State, key: int, cost: float) -> bool:
    """Whether an answer would be admitted now, of which a hit saves so much."""
    status = state.status[0]
    if status.residents < world.capacity or ADMITS_ALL:
        return True
    settle(state)
    return bool(state.heap[0].priority < ranked(state, key, cost, status.number + 1))


def counts(state: State, position: int) -> bool:
    """Whether a heap's entry is the one that stands for its item."""
    item = state.items[state.heap[position].tag & SLOT_MASK]
    same = item.ranked == state.heap[position].tag >> SLOT_BITS and item.priority == state.heap[position].priority
    return bool(item.resident and same)


def settle(state: State) -> None:
    """Bring the root up to date until it is the item of least (priority, touched)."""
    heap, status = state.heap, state.status[0]
    while True:
        item = state.items[heap[0].tag & SLOT_MASK]
        if not counts(state, 0):
            status.entries -= 1
            sift_down(heap, status.entries, heap[status.entries].priority, heap[status.entries].tag)
        elif item.touched != item.ranked:
            item.priority = float(priority(item.clock, item.frequency, item.cost, 1.0, float(item.touched)))
            item.ranked = item.touched
            tag = item.touched << SLOT_BITS | (heap[0].tag & SLOT_MASK)
            sift_down(heap, status.entries, item.priority, tag)
        else:
            return


def sweep(state: State) -> None:
    """Take the entries out of the heap that no longer count."""
    heap, status = state.heap, state.status[0]
    entries = status.entries
    status.entries = 0
    for position in range(entries):
        if counts(state, position):
            sift_up(heap, status.entries, heap[position].priority, heap[position].tag)
            status.entries += 1


def rank(state: State, key: int) -> None:
    """Enter a resident into the heap under its present worth; an older entry of it no longer counts."""
    item, status = state.items[key], state.status[0]
    if status.entries == len(state.heap):
        sweep(state)
    item.priority = float(priority(item.clock, item.frequency, item.cost, 1.0, float(item.touched)))
    item.ranked = item.touched
    sift_up(state.heap, status.entries, item.priority, item.touched << SLOT_BITS | key)
    status.entries += 1


def leave(world: World, state: State, key: int) -> None:
    """An item goes."""
    item, status = state.items[key], state.status[0]
    if world.rule.amortised:
        learn(state, ENDS, counted(item, status))
    item.resident = False
    status.residents -= 1
