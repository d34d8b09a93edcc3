"""Least recently used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from mypy_extensions import i64

from pantler.core.item import Item
from pantler.core.order import Order, Priority, Worth
from pantler.core.queues import CAPACITY, FIRST, GONE, Queues, move, occupied, push, uncounted


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
    """The order of touches as a linked list, which the priority of LRU amounts to."""

    def __init__(self) -> None:
        self._order: OrderedDict[Hashable, Item] = OrderedDict()

    def arrive(self, key: Hashable) -> float:
        return 1.0

    def touch(self, item: Item, number: i64) -> None:
        item.frequency += 1.0
        item.touched = number
        try:
            self._order.move_to_end(item.key)
        except KeyError:  # another thread has evicted it since it was found
            return

    def admit(self, newcomer: Item, excess: i64) -> Sequence[Item]:
        if newcomer.frequency < 1.0:
            newcomer.frequency = 1.0
        newcomer.priority = float(newcomer.touched)
        victims: list[Item] = []
        while excess > 0:
            victim = self._order.popitem(False)[1]
            victims.append(victim)
            excess -= victim.size
        self._order[newcomer.key] = newcomer
        return victims

    def discard(self, item: Item) -> None:
        del self._order[item.key]

    def revalue(self, item: Item, cost: float) -> Item:
        item.cost = cost
        return item


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
