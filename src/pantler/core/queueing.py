"""Eviction by the order of queues."""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, Final

from pantler.core.item import Item
from pantler.core.queues import (
    CAPACITY,
    DIALS,
    FREE,
    GHOST,
    GONE,
    MASK,
    RINGS,
    Place,
    Queues,
    emptied,
    free_slot,
    is_full,
    is_narrow,
    move,
    occupied,
    push,
    take,
)
from pantler.core.seams import Discipline
from pantler.core.sketch import LEAST_WIDTH, folded

PENDING: Final = 1024  # touches that may wait for the next absent key


class Queueing:
    """The policy that moves items between queues by the steps of a discipline.

    A touch may come from any thread; it waits until the queues are next used, by one thread at a time.
    """

    def __init__(self, steps: Discipline, *, hashed: Callable[[Any], int] = hash) -> None:
        self._steps = steps
        self._hashed = hashed
        places = [Place() for _ in range(RINGS)]
        sketch = bytearray(LEAST_WIDTH)
        self._queues = emptied(Queues(places, [0] * RINGS, [0] * RINGS, sketch, [0] * DIALS))
        self._items: list[Item | None] = [None] * RINGS
        self._keys: list[Hashable] = [None] * RINGS
        self._ghosts: dict[Hashable, int] = {}
        self._pending: deque[Item] = deque()
        self._in_use = Lock()

    @property
    def slots(self) -> int:
        """How many slots were ever needed at once."""
        return len(self._items) - RINGS

    @property
    def ghosts(self) -> int:
        """How many keys are remembered that are not resident."""
        return len(self._ghosts)

    @property
    def pending(self) -> int:
        """How many touches the discipline has yet to learn of."""
        return len(self._pending)

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of an absent key where the discipline counts."""
        with self._in_use:
            self._settle_touches()
            self._steps.come(self._queues, folded(self._hashed(key)))
        return 1.0

    def touch(self, item: Item, number: int) -> None:
        """Note a hit, which the discipline learns of before it next decides."""
        item.frequency += 1.0
        item.touched = number
        self._pending.append(item)
        if len(self._pending) >= PENDING and self._in_use.acquire(blocking=False):
            try:
                self._settle_touches()
            finally:
                self._in_use.release()

    def admit(self, newcomer: Item, excess: int) -> Sequence[Item] | None:
        """Queue the newcomer, evicting whom the discipline chooses; None where that is the newcomer."""
        with self._in_use:
            self._settle_touches()
            self._queues.dials[CAPACITY] = occupied(self._queues) + newcomer.size - excess
            slot = self._ghosts.pop(newcomer.key, FREE)
            returns = slot != FREE
            if returns:
                take(self._queues, slot)
            else:
                slot = self._free_slot()
            self._occupy(slot, newcomer)
            self._steps.enter(self._queues, slot, returns)
            victims = self._settle()
            self._widen()
            return victims if self._items[slot] is newcomer else None

    def discard(self, item: Item) -> None:
        """Free the slot of a resident item."""
        with self._in_use:
            self._settle_touches()
            move(self._queues, item.notes, FREE)
            self._items[item.notes] = self._keys[item.notes] = None

    def revalue(self, item: Item, cost: float) -> Item:
        """Write the new cost, which moves nothing."""
        item.cost = cost
        return item

    def _settle_touches(self) -> None:
        """Let the discipline note the hits so far, but for items that another thread has taken out meanwhile."""
        pending = self._pending
        while pending:
            item = pending.popleft()
            if self._items[item.notes] is item:
                self._steps.hit(self._queues, item.notes)

    def _free_slot(self) -> int:
        if is_full(self._queues):
            self._queues.places.append(Place())
            self._items.append(None)
            self._keys.append(None)
        return free_slot(self._queues)

    def _occupy(self, slot: int, newcomer: Item) -> None:
        newcomer.notes = slot
        newcomer.frequency = max(newcomer.frequency, 1.0)
        place = self._queues.places[slot]
        place.size, place.key = newcomer.size, folded(self._hashed(newcomer.key))
        self._items[slot], self._keys[slot] = newcomer, newcomer.key

    def _settle(self) -> list[Item]:
        """Collect the victims, those that left a ghost first; free the slots of all that have gone."""
        places = self._queues.places
        victims = []
        slot = places[GHOST].after
        while slot != GHOST and (item := self._items[slot]) is not None:
            victims.append(item)
            self._items[slot] = None
            self._ghosts[item.key] = slot
            slot = places[slot].after
        while (slot := places[GONE].before) != GONE:
            gone = self._items[slot]
            if gone is None:
                del self._ghosts[self._keys[slot]]
            else:
                victims.append(gone)
            self._items[slot] = self._keys[slot] = None
            take(self._queues, slot)
            push(self._queues, slot, FREE)
        return victims

    def _widen(self) -> None:
        """Double the sketch, whose doubling is a copy onto its own end, until it is wide enough."""
        while self._steps.counts and is_narrow(self._queues):
            self._queues = self._queues._replace(sketch=self._queues.sketch * 2)
            self._queues.dials[MASK] = 2 * self._queues.dials[MASK] + 1
