"""Exact eviction order for score policies by a lazy heap.

While an item is resident its priority only rises, so the heap may hold lower bounds: a hit writes a count, a clock and
a number, and the root is brought up to date when something must go. Victims are the smallest prefix in (priority,
touched) order that frees enough room (theory 2.5). An item whose value falls is replaced by a copy with a fresh, lower
key.
"""

from collections.abc import Callable, Hashable, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from math import exp2, log2

from msgspec.structs import replace

from pantler.core.item import GONE, Item
from pantler.core.seams import Score
from pantler.core.sketch import CountSketch, NibbleSketch, Sketch

NO_BAR = float("inf")
SKETCHES: dict[str, type[Sketch]] = {"counts": CountSketch, "nibbles": NibbleSketch}


def arrive_decayed(frequency: float, now: float) -> float:
    """The log2 of a forward-decayed count after one more arrival at `now` half-lives (Cormode et al. 2009)."""
    larger = max(frequency, now)
    return larger + log2(1.0 + exp2(min(frequency, now) - larger))


class Ranking:
    """The policy that evicts by the priority of a score."""

    def __init__(self, score: Score, *, hashed: Callable[[Hashable], int] = hash) -> None:
        self.score = score
        self.clock = 0.0
        self.now = 0.0
        self.counts_plainly = score.half_life is None
        self._priority = score.priority
        self._half_life = score.half_life or 0.0
        self._heap: list[Item] = []
        self._arrived: Hashable = None
        self._arrived_count = 0
        self._gone = 0
        self._hashed = hashed
        self._sketch: Sketch | None = SKETCHES[score.memory]() if score.memory else None

    def __len__(self) -> int:
        return len(self._heap) - self._gone

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of an absent key, in the sketch where the policy remembers."""
        if not self.counts_plainly:
            self._advance()
        if self._sketch is None:
            return 1
        self._arrived = key
        self._arrived_count = count = self._sketch.add(self._hashed(key))
        return count

    def touch(self, item: Item, number: int) -> None:
        """Write what a hit changes; the heap is not moved."""
        if self.counts_plainly:
            item.frequency += 1
        else:
            self._advance()
            item.frequency = arrive_decayed(item.frequency, self.now)
        item.clock = self.clock
        item.touched = number

    def admit(self, newcomer: Item, excess: int) -> Sequence[Item] | None:
        """Insert the newcomer in place of the least valuable items, or refuse it where admission is strict."""
        frequency = self._first_frequency(newcomer.key)
        if newcomer.frequency < frequency:
            newcomer.frequency = frequency
        if excess <= 0:
            self._value(newcomer, self.clock)
            heappush(self._heap, newcomer)
            if self._sketch is not None:
                self._sketch.grow(len(self))
            return ()
        victims = self._victims(excess, newcomer)
        if victims is None:
            return None
        for victim in victims:
            victim.touched = GONE
            if self._sketch is not None:
                self._remember(victim)
        if self.score.ages:
            self.clock = victims[-1].priority
        self._value(newcomer, self.clock)
        heapreplace(self._heap, newcomer)
        return victims

    def admits(self, newcomer: Item, excess: int) -> bool:
        """Whether `admit` would take the newcomer in."""
        if excess <= 0 or self.score.admits_all:
            return True
        newcomer.frequency = max(newcomer.frequency, self._first_frequency(newcomer.key))
        victims = self._victims(excess, newcomer)
        for victim in victims[:-1] if victims else ():
            heappush(self._heap, victim)
        return victims is not None

    def discard(self, item: Item) -> None:
        """Forget a resident item; its heap entry goes when it comes up, or when half of all are such."""
        self._remember(item)
        self._leave(item)

    def revalue(self, item: Item, cost: float) -> Item:
        """Rank the item by a new cost under a fresh key, lower if need be."""
        fresh = replace(item, cost=cost)
        self._leave(item)
        self._value(fresh, fresh.clock)
        heappush(self._heap, fresh)
        return fresh

    def _leave(self, item: Item) -> None:
        item.touched = GONE
        self._gone += 1
        if self._gone > 64 and self._gone * 2 > len(self._heap):
            self._heap = [item for item in self._heap if item.touched != GONE]
            heapify(self._heap)
            self._gone = 0

    def _advance(self) -> None:
        self.now += 1.0 / (self._half_life * max(1, len(self)))

    def _first_frequency(self, key: Hashable) -> float:
        count = 1
        if self._sketch is not None:
            remembered = self._arrived_count if key is self._arrived else self._sketch.read(self._hashed(key))
            count = max(1, remembered)
        return count if self.counts_plainly else self.now + log2(count)

    def _remember(self, item: Item) -> None:
        if self._sketch is not None:
            count = item.frequency if self.counts_plainly else exp2(item.frequency - self.now)
            self._sketch.write(self._hashed(item.key), int(count))

    def _value(self, item: Item, clock: float) -> None:
        touched = item.touched
        item.clock = clock
        item.priority = self._priority(clock, item.frequency, item.cost, item.size, touched)
        item.ranked = touched

    def _victims(self, excess: int, newcomer: Item) -> list[Item] | None:
        """The smallest prefix that frees `excess`, all popped but the last, which is the root.

        None, and nothing popped, where the newcomer must beat each of them and does not.
        """
        heap = self._heap
        bar = NO_BAR if self.score.admits_all else self._worth(newcomer)
        victims: list[Item] = []
        while True:
            item = heap[0]
            touched = item.touched
            if touched != item.ranked:
                self._refresh(item, touched)
            elif item.priority >= bar:
                for victim in victims:
                    heappush(heap, victim)
                return None
            else:
                victims.append(item)
                excess -= item.size
                if excess <= 0:
                    return victims
                heappop(heap)

    def _worth(self, item: Item) -> float:
        return self._priority(self.clock, item.frequency, item.cost, item.size, item.touched)

    def _refresh(self, root: Item, touched: int) -> None:
        """Bring the heap's root up to date, or take it away if it has left."""
        if touched == GONE:
            heappop(self._heap)
            self._gone -= 1
            return
        root.priority = self._priority(root.clock, root.frequency, root.cost, root.size, touched)
        root.ranked = touched
        heapreplace(self._heap, root)
