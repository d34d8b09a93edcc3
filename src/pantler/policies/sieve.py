"""SIEVE (Zhang et al., NSDI 2024)."""

import msgspec

from pantler.core.queues import CAPACITY, FIRST, GONE, HAND, Queues, move, occupied, push, uncounted


def hit(queues: Queues, slot: int) -> None:
    """Mark as visited; nothing moves."""
    queues.places[slot].mark = 1


def enter(queues: Queues, slot: int, returns: bool) -> None:
    """Evict until there is room, then queue as the newest, unvisited."""
    while occupied(queues) + queues.places[slot].size > queues.dials[CAPACITY]:
        move(queues, pointed(queues), GONE)
    queues.places[slot].mark = 0
    push(queues, slot, FIRST)


def pointed(queues: Queues) -> int:
    """The first unvisited item from the hand on, towards the newer and from the newest to the oldest."""
    slot = queues.dials[HAND]
    while slot == FIRST or queues.places[slot].mark:
        if slot != FIRST:
            queues.places[slot].mark = 0
        slot = queues.places[slot].before
    queues.dials[HAND] = slot
    return int(slot)


class Sieve(msgspec.Struct, frozen=True):
    """One queue with a hand that spares what was visited: blind to cost and size."""

    counts = False
    come = staticmethod(uncounted)
    hit = staticmethod(hit)
    enter = staticmethod(enter)
