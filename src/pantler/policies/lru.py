"""Least recently used."""

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Final

from mypy_extensions import i64

from pantler.core.item import Item
from pantler.core.order import Order, Priority, Worth
from pantler.core.queues import CAPACITY, FIRST, GONE, Queues, move, occupied, push, uncounted

PENDING: Final = 1024  # touches that may wait, or twice the items touched if they are more


def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
    """H = number of the last touch."""
    return touched


def hit(queues: Queues, slot: int) -> None:
    """Make it the newest."""
    move(queues, slot, FIRST)


def enter(queues: Queues, slot: int, returns: bool) -> None:
    """Evict the oldest until there is room, then queue as the newest."""
    while occupied(queues) + queues.places[slot].size > queues.dials[CAPACITY]:
        move(queues, queues.places[FIRST].before, GONE)
    push(queues, slot, FIRST)


class Recency(Order):
    """The order of touches as a linked list through the items, which the priority of LRU amounts to.

    An item's `older` is the next older one, its `notes` the next newer; both are None once it has left. Touches, which
    may come from any thread, wait until something is admitted.
    """

    def __init__(self) -> None:
        self._ring = Item(None, 0.0, 0)  # stands between the newest, its `older`, and the oldest, its `notes`
        self._ring.older = self._ring.notes = self._ring
        self._pending: list[Item] = []
        self._most: i64 = PENDING

    def arrive(self, key: Hashable) -> float:
        return 1.0

    def touch(self, item: Item, number: i64) -> None:
        item.frequency += 1.0
        item.touched = number
        self._pending.append(item)
        if len(self._pending) > self._most:
            self._shorten()

    def admit(self, newcomer: Item, excess: i64) -> Sequence[Item]:
        if newcomer.frequency < 1.0:
            newcomer.frequency = 1.0
        newcomer.priority = float(newcomer.touched)
        self._settle()
        victims: list[Item] = []
        while excess > 0:
            victim = self._ring.notes
            assert isinstance(victim, Item)
            self._unlink(victim)
            victims.append(victim)
            excess -= victim.size
        self._link(newcomer)
        return victims

    def discard(self, item: Item) -> None:
        self._unlink(item)

    def revalue(self, item: Item, cost: float) -> Item:
        item.cost = cost
        return item

    def _settle(self) -> None:
        """Put the items touched so far at the new end, but for those that have left meanwhile."""
        pending = self._pending
        if len(pending) == 0:
            return
        for item in pending:
            if item.older is not None and item.notes is not self._ring:
                self._unlink(item)
                self._link(item)
        pending.clear()

    def _shorten(self) -> None:
        """Of all touches that wait only each item's last matters."""
        self._pending = sorted(set(self._pending), key=lambda item: item.touched)
        self._most = max(PENDING, 2 * len(self._pending))

    def _link(self, item: Item) -> None:
        ring = self._ring
        newest = ring.older
        assert newest is not None
        item.older, item.notes = newest, ring
        newest.notes = ring.older = item

    def _unlink(self, item: Item) -> None:
        older, newer = item.older, item.notes
        if older is not None and isinstance(newer, Item):
            older.notes, newer.older = newer, older
            item.older = item.notes = None


class LRU(Worth):
    """Blind to cost, size and frequency: the baseline of every table.

    A score, as `auto` ranks by it, and a discipline, which the sweep compiles: a list is quicker than a heap where
    every touch is the newest. Both give the same order.
    """

    ages: ClassVar[bool] = False
    admits_all: ClassVar[bool] = True
    memory: ClassVar[str | None] = None
    half_life: ClassVar[float | None] = None
    priority: ClassVar[Priority] = staticmethod(priority)

    counts: ClassVar[bool] = False
    come: ClassVar[Callable[[Queues, int], None]] = staticmethod(uncounted)
    hit: ClassVar[Callable[[Queues, int], None]] = staticmethod(hit)
    enter: ClassVar[Callable[[Queues, int, bool], None]] = staticmethod(enter)

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return priority(clock, frequency, cost, size, touched)

    def ranking(self) -> Recency:
        """The policy itself: a linked list beats a heap where every touch is the newest."""
        return Recency()
