"""W-TinyLFU (Einziger, Friedman and Manes 2017)."""

import msgspec

from pantler.core.queues import CAPACITY, FIRST, GONE, SECOND, THIRD, Queues, count_arrival, counted, move, push

WINDOW = FIRST
PROBATION = SECOND
PROTECTED = THIRD


def hit(queues: Queues, slot: int) -> None:
    """Count; the newest of the window stays there, what is on probation is protected."""
    count_arrival(queues, queues.places[slot].key)
    if queues.places[slot].home == WINDOW:
        move(queues, slot, WINDOW)
        return
    move(queues, slot, PROTECTED)
    while 5 * queues.used[PROTECTED] > 4 * main_bytes(queues):
        move(queues, queues.places[PROTECTED].before, PROBATION)


def enter(queues: Queues, slot: int, returns: bool) -> None:
    """Queue in the window, the oldest of which stand for admission to main; so does at once what is larger."""
    window = queues.dials[CAPACITY] // 100
    push(queues, slot, WINDOW)
    if queues.places[slot].size > window:
        stand(queues, slot)
    while queues.used[WINDOW] > window:
        stand(queues, queues.places[WINDOW].before)


def stand(queues: Queues, slot: int) -> None:
    """Admit to main in place of its oldest if the key has come more often than each of theirs, else evict."""
    excess = queues.used[PROBATION] + queues.used[PROTECTED] + queues.places[slot].size - main_bytes(queues)
    if not wins(queues, slot, excess):
        move(queues, slot, GONE)
        return
    while excess > 0:
        victim = oldest(queues)
        excess -= queues.places[victim].size
        move(queues, victim, GONE)
    move(queues, slot, PROBATION)


def wins(queues: Queues, slot: int, excess: int) -> bool:
    """Whether main has items of `excess` together to give, each of which has come less often."""
    count = counted(queues, slot)
    queue = PROBATION
    rival = queue
    while excess > 0:
        rival = queues.places[rival].before
        if rival == PROBATION:
            queue = PROTECTED
            rival = queues.places[queue].before
        if rival == PROTECTED or counted(queues, rival) >= count:
            return False
        excess -= queues.places[rival].size
    return True


def oldest(queues: Queues) -> int:
    """The next of main to go: from probation first."""
    slot = queues.places[PROBATION].before
    return int(slot if slot != PROBATION else queues.places[PROTECTED].before)


def main_bytes(queues: Queues) -> int:
    """What the window leaves of the capacity."""
    return int(queues.dials[CAPACITY] - queues.dials[CAPACITY] // 100)


class WTinyLFU(msgspec.Struct, frozen=True):
    """A window of 1 % before a segmented LRU (20 / 80) that a sketch guards: blind to cost and size."""

    counts = True
    come = staticmethod(count_arrival)
    hit = staticmethod(hit)
    enter = staticmethod(enter)
