"""S3-FIFO (Yang et al., SOSP 2023)."""

import msgspec

from pantler.core.queues import CAPACITY, FIRST, GHOST, GONE, SECOND, Queues, move, occupied, push, residents, uncounted

SMALL = FIRST
MAIN = SECOND
MOST_HITS = 3


def hit(queues: Queues, slot: int) -> None:
    """Count up to three hits; nothing moves."""
    if queues.places[slot].mark < MOST_HITS:
        queues.places[slot].mark += 1


def enter(queues: Queues, slot: int, returns: bool) -> None:
    """Evict until there is room; a key that is remembered joins the main queue, any other the small one."""
    while occupied(queues) + queues.places[slot].size > queues.dials[CAPACITY]:
        if queues.length[MAIN] == 0 or (queues.length[SMALL] and 10 * queues.used[SMALL] >= queues.dials[CAPACITY]):
            leave_small(queues, queues.places[SMALL].before)
        else:
            leave_main(queues, queues.places[MAIN].before)
    queues.places[slot].mark = 0
    push(queues, slot, MAIN if returns else SMALL)


def leave_small(queues: Queues, slot: int) -> None:
    """Promote what was hit more than once; remember the key of any other."""
    if queues.places[slot].mark > 1:
        queues.places[slot].mark = 0
        move(queues, slot, MAIN)
        return
    move(queues, slot, GHOST)
    while 10 * queues.length[GHOST] > 9 * residents(queues):  # main's share, also while main is still filling
        move(queues, queues.places[GHOST].before, GONE)


def leave_main(queues: Queues, slot: int) -> None:
    """Requeue what was hit, for one hit less; evict any other."""
    if queues.places[slot].mark == 0:
        move(queues, slot, GONE)
        return
    queues.places[slot].mark -= 1
    move(queues, slot, MAIN)


class S3FIFO(msgspec.Struct, frozen=True):
    """A small queue of a tenth of the bytes sifts out one-hit keys before the main one: blind to cost and size."""

    counts = False
    come = staticmethod(uncounted)
    hit = staticmethod(hit)
    enter = staticmethod(enter)
