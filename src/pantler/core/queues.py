"""Queues of cache slots as linked lists through an array.

The functions are interpreted by the engine over lists, and compiled by the sweep over NumPy arrays, as they stand. A
queue is a ring through the slot of its own number, which holds no item: that slot's `after` is the newest item, its
`before` the oldest.
"""

from typing import Any, Final, NamedTuple

from pantler.core.sketch import (
    LEAST_WIDTH,
    WIDTH_PER_RESIDENT,
    halves,
    nibbles_add,
    nibbles_read,
)

FREE: Final = 0  # slots that stand for no key
GONE: Final = 1  # slots that have just ceased to stand for one; whoever called empties it
GHOST: Final = 2  # keys that are remembered in order; what is in a higher queue is resident
FIRST: Final = 3
SECOND: Final = 4
THIRD: Final = 5
RINGS: Final = 6

CAPACITY: Final = 0
HAND: Final = 1
FRESH: Final = 2  # the first slot that was never used
MASK: Final = 3
ADDITIONS: Final = 4
DIALS: Final = 5


class Place:
    """What a slot holds: its neighbours and queue, the policy's mark, the item's size and the digest of its key."""

    __slots__ = ("after", "before", "home", "key", "mark", "size")

    def __init__(self) -> None:
        self.after = self.before = self.home = self.mark = self.size = self.key = 0


class Queues(NamedTuple):
    """Places by slot, bytes and length by queue, a sketch, the dials."""

    places: Any
    used: Any
    length: Any
    sketch: Any
    dials: Any


def emptied(queues: Queues) -> Queues:
    """The queues themselves, whose arrays hold nothing but zeros, made ready for the first item."""
    for ring in range(RINGS):
        queues.places[ring].after = ring
        queues.places[ring].before = ring
    queues.dials[HAND] = FIRST
    queues.dials[FRESH] = RINGS
    queues.dials[MASK] = LEAST_WIDTH - 1
    return queues


def push(queues: Queues, slot: int, queue: int) -> None:
    """Put a slot that is in no queue in as the newest of one."""
    place, ring = queues.places[slot], queues.places[queue]
    place.after = ring.after
    place.before = queue
    place.home = queue
    queues.places[ring.after].before = slot
    ring.after = slot
    queues.used[queue] += place.size
    queues.length[queue] += 1


def take(queues: Queues, slot: int) -> None:
    """Take a slot out of its queue; a hand that points at it moves on to the next newer."""
    place = queues.places[slot]
    queues.places[place.before].after = place.after
    queues.places[place.after].before = place.before
    queues.used[place.home] -= place.size
    queues.length[place.home] -= 1
    if queues.dials[HAND] == slot:
        queues.dials[HAND] = place.before


def move(queues: Queues, slot: int, queue: int) -> None:
    """Make a slot the newest of a queue."""
    take(queues, slot)
    push(queues, slot, queue)


def is_full(queues: Queues) -> bool:
    """Whether the arrays must grow before another slot is taken."""
    return bool(queues.length[FREE] == 0 and queues.dials[FRESH] == len(queues.places))


def free_slot(queues: Queues) -> int:
    """A slot that stands for no key, out of every queue."""
    slot = queues.places[FREE].after
    if slot == FREE:
        slot = queues.dials[FRESH]
        queues.dials[FRESH] += 1
    else:
        take(queues, slot)
    return int(slot)


def occupied(queues: Queues) -> int:
    """Bytes of all residents."""
    return int(queues.used[FIRST] + queues.used[SECOND] + queues.used[THIRD])


def residents(queues: Queues) -> int:
    """How many items are in the cache."""
    return int(queues.length[FIRST] + queues.length[SECOND] + queues.length[THIRD])


def is_narrow(queues: Queues) -> bool:
    """Whether the sketch must double to be wide enough for the residents."""
    return bool(queues.dials[MASK] + 1 < WIDTH_PER_RESIDENT * residents(queues))


def count_arrival(queues: Queues, key: int) -> None:
    """Count an arrival of a key in the sketch, all of which is halved after as many as it is wide."""
    sketch, mask = queues.sketch, queues.dials[MASK]
    low, high = halves(key)
    nibbles_add(sketch, mask, low, high)
    queues.dials[ADDITIONS] += 1
    if queues.dials[ADDITIONS] > mask:
        queues.dials[ADDITIONS] = 0
        for place in range(mask + 1):
            sketch[place] = (sketch[place] >> 1) & 0x77


def counted(queues: Queues, slot: int) -> int:
    """How often a slot's key has come, as the sketch has it."""
    low, high = halves(queues.places[slot].key)
    return int(nibbles_read(queues.sketch, queues.dials[MASK], low, high))


def uncounted(queues: Queues, key: int) -> None:
    """What a policy without a sketch does about an absent key."""
