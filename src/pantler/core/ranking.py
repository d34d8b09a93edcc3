"""Exact eviction order for score policies by a lazy heap.

While an item is resident its priority only rises, so the heap may hold lower bounds: a hit writes a count, a clock and
a number, and the root is brought up to date when something must go. Victims are the smallest prefix in (priority,
touched) order that frees enough room (theory 2.5). An item whose value falls is replaced by a copy with a fresh, lower
key.
"""

from collections.abc import Callable, Hashable, Sequence
from math import exp2, log2
from typing import Any, Final

from mypy_extensions import i64

from pantler.core.decay import arrive_decayed
from pantler.core.heap import heapify, pop, push, replace
from pantler.core.item import FOREVER, GONE, Item
from pantler.core.order import Order, worth_of
from pantler.core.seams import Score
from pantler.core.sketch import CountSketch, NibbleSketch, Sketch, folded

NO_BAR: Final = FOREVER  # no priority reaches it
NO_KEY: Final = object()
NOBODY: Final = -1  # no digest: Python has no such hash, and what is folded is positive
SKETCHES: Final[dict[str, type[Sketch]]] = {"counts": CountSketch, "nibbles": NibbleSketch}


class Ranking(Order):
    """The policy that evicts by the priority of a score."""

    def __init__(self, score: Score, *, hashed: Callable[[Any], int] = hash) -> None:
        self.score = score
        self.clock: float = 0.0
        self.now: float = 0.0
        self._ages: bool = score.ages
        self._admits_all: bool = score.admits_all
        self._plain: bool = score.half_life is None
        self._half_life: float = score.half_life or 0.0
        self._worth = worth_of(score)
        self._hashed = None if hashed is hash else hashed
        self._sketch: Sketch | None = SKETCHES[score.memory]() if score.memory else None
        self._heap: list[Item] = []
        self._gone: i64 = 0
        self._arrived: Hashable = NO_KEY
        self._arrived_digest: i64 = NOBODY
        self._arrived_count: i64 = 0

    def __len__(self) -> int:
        return len(self._heap) - self._gone

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of an absent key, in the sketch where the policy remembers."""
        if not self._plain:
            self._advance()
        if self._sketch is None:
            return 1.0
        digest = self._digest(key)
        self._arrived = key
        self._arrived_digest = digest
        self._arrived_count = self._sketch.add(digest)
        return float(self._arrived_count)

    def foresee(self, key: Hashable) -> float:
        """What `arrive` would return now; nothing is counted."""
        return 1.0 if self._sketch is None else float(self._sketch.foresee(self._digest(key)))

    def count(self, item: Item) -> float:
        """How often its query has come; decayed, where arrivals are."""
        return item.frequency if self._plain else exp2(item.frequency - self.now)

    def touch(self, item: Item, number: i64) -> None:
        """Write what a hit changes; the heap is not moved."""
        if self._plain:
            frequency = item.frequency + 1.0
        else:
            self._advance()
            frequency = arrive_decayed(item.frequency, self.now)
        if item.touched == GONE:  # another thread has taken it out since it was found
            return
        item.frequency = frequency
        item.clock = self.clock
        item.touched = number

    def admit(self, newcomer: Item, excess: i64) -> Sequence[Item] | None:
        """Insert the newcomer in place of the least valuable items, or refuse it where admission is strict."""
        self._greet(newcomer)
        self._arrived, self._arrived_digest = NO_KEY, NOBODY
        if excess <= 0:
            self._value(newcomer, self.clock)
            push(self._heap, newcomer)
            if self._sketch is not None:
                self._sketch.grow(len(self._heap) - self._gone)
            return ()
        victims = self._victims(excess, newcomer)
        if victims is None:
            return None
        for victim in victims:
            victim.touched = GONE
            if self._sketch is not None:
                self._remember(victim)
        if self._ages:
            self.clock = victims[-1].priority
        self._value(newcomer, self.clock)
        replace(self._heap, newcomer)
        return victims

    def admits(self, newcomer: Item, excess: i64) -> bool:
        """Whether `admit` would take the newcomer in."""
        if excess <= 0 or self._admits_all:
            return True
        self._greet(newcomer)
        victims = self._victims(excess, newcomer)
        for victim in victims[:-1] if victims else ():
            push(self._heap, victim)
        return victims is not None

    def discard(self, item: Item) -> None:
        """Forget a resident item; its heap entry goes when it comes up, or when half of all are such."""
        self._remember(item)
        self._leave(item)

    def revalue(self, item: Item, cost: float) -> Item:
        """Rank the item by a new cost under a fresh key, lower if need be."""
        fresh = Item(item.key, cost, item.size, item.payload, item.expires)
        fresh.frequency = item.frequency
        fresh.notes = item.notes
        fresh.digest = item.digest
        fresh.touched = item.touched
        self._leave(item)
        self._value(fresh, item.clock)
        push(self._heap, fresh)
        return fresh

    def _leave(self, item: Item) -> None:
        item.touched = GONE
        self._gone += 1
        if self._gone > 64 and self._gone * 2 > len(self._heap):
            self._heap = [item for item in self._heap if item.touched != GONE]
            heapify(self._heap)
            self._gone = 0

    def _advance(self) -> None:
        residents: i64 = len(self._heap) - self._gone
        self.now += 1.0 / (self._half_life * float(max(1, residents)))

    def _digest(self, key: Hashable) -> i64:
        if self._hashed is None:
            return hash(key)  # an expression of both kinds would box it
        return folded(self._hashed(key))

    def _greet(self, newcomer: Item) -> None:
        """Rank a newcomer by all arrivals that are remembered of it, or by those that it brings if they are more."""
        count: float = 1.0
        if self._sketch is not None:
            count = max(1.0, float(self._remembered(newcomer, self._sketch)))
        frequency = count if self._plain else self.now + log2(count)
        if newcomer.frequency < frequency:
            newcomer.frequency = frequency

    def _remembered(self, newcomer: Item, sketch: Sketch) -> i64:
        """How often its key has come; the sketch is read only where the last arrival was another's, or used before."""
        return self._arrived_count if self._has_just_come(newcomer) else sketch.read(newcomer.digest)

    def _has_just_come(self, newcomer: Item) -> bool:
        """Whether the last arrival was of the newcomer, now given its digest; equal keys need not be one object."""
        newcomer.digest = self._arrived_digest if newcomer.key is self._arrived else self._digest(newcomer.key)
        return newcomer.digest == self._arrived_digest

    def _remember(self, item: Item) -> None:
        if self._sketch is not None:
            self._sketch.write(item.digest, int(self.count(item)))

    def _value(self, item: Item, clock: float) -> None:
        touched = item.touched
        item.clock = clock
        item.priority = self._worth.worth(clock, item.frequency, item.cost, float(item.size), float(touched))
        item.ranked = touched

    def _victims(self, excess: i64, newcomer: Item) -> list[Item] | None:
        """The smallest prefix that frees `excess`, all popped but the last, which is the root.

        None, and nothing popped, where the newcomer must beat each of them and does not.
        """
        heap = self._heap
        bar = NO_BAR if self._admits_all else self._offered(newcomer)
        victims: list[Item] = []
        while True:
            item = heap[0]
            touched = item.touched
            if touched != item.ranked:
                self._refresh(item, touched)
            elif item.priority >= bar:
                for victim in victims:
                    push(heap, victim)
                return None
            else:
                victims.append(item)
                excess -= item.size
                if excess <= 0:
                    return victims
                pop(heap)

    def _offered(self, item: Item) -> float:
        return self._worth.worth(self.clock, item.frequency, item.cost, float(item.size), float(item.touched))

    def _refresh(self, root: Item, touched: i64) -> None:
        """Bring the heap's root up to date, or take it away if it has left."""
        if touched == GONE:
            pop(self._heap)
            self._gone -= 1
            return
        self._value(root, root.clock)
        replace(self._heap, root)
