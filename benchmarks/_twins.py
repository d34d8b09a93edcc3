"""Policies as one would write them down in a loop over plain lists: what the engine's replay is measured against.

Priorities only rise while an item is resident, so that each heap is lazy, as the engine's is (theory 2.5). An item is
[frequency, clock, touched, cost, size, key].
"""

from collections import OrderedDict
from heapq import heappop, heappush, heapreplace
from typing import Any

Columns = tuple[list[int], list[int], list[float]]


def lru(columns: Columns, capacity: int) -> int:
    """Hits of LRU over an OrderedDict."""
    order: OrderedDict[int, int] = OrderedDict()
    used = hits = 0
    for key, size, _ in zip(*columns, strict=True):
        if key in order:
            hits += 1
            order.move_to_end(key)
            continue
        if size > capacity:
            continue
        used += size
        while used > capacity:
            used -= order.popitem(last=False)[1]
        order[key] = size
    return hits


def gdsf(columns: Columns, capacity: int, *, remembers: bool = False) -> int:
    """Hits of GDSF over a lazy heapq; counts outlive eviction in a dict that is never trimmed where it `remembers`."""
    items: dict[int, list[Any]] = {}
    heap: list[tuple[float, int, list[Any]]] = []
    counts: dict[int, float] = {}
    used = hits = 0
    clock = 0.0
    for number, (key, size, cost) in enumerate(zip(*columns, strict=True)):
        item = items.get(key)
        if item is not None:
            hits += 1
            item[0] += 1.0
            item[1] = clock
            item[2] = number
            continue
        if size > capacity:
            continue
        used += size
        while used > capacity:
            clock, ranked, victim = heap[0]
            if victim[2] != ranked:
                rank = victim[1] + victim[0] * victim[3] / victim[4]
                heapreplace(heap, (rank, victim[2], victim))
                continue
            heappop(heap)
            del items[victim[5]]
            used -= victim[4]
            if remembers:
                counts[victim[5]] = victim[0]
        frequency = counts.get(key, 0.0) + 1.0 if remembers else 1.0
        items[key] = item = [frequency, clock, number, cost, size, key]
        heappush(heap, (clock + frequency * cost / size, number, item))
    return hits


def lec(columns: Columns, capacity: int) -> int:
    """Hits of LEC with strict admission over a lazy heapq, every count kept in a dict."""
    items: dict[int, list[Any]] = {}
    heap: list[tuple[float, int, list[Any]]] = []
    counts: dict[int, float] = {}
    used = hits = 0
    for number, (key, size, cost) in enumerate(zip(*columns, strict=True)):
        item = items.get(key)
        if item is not None:
            hits += 1
            item[0] += 1.0
            item[2] = number
            continue
        frequency = counts[key] = counts.get(key, 0.0) + 1.0
        if size > capacity:
            continue
        bar = frequency * cost / size
        free = capacity - used
        victims = []
        while size > free:
            rank, ranked, victim = heap[0]
            if victim[2] != ranked:
                heapreplace(heap, (victim[0] * victim[3] / victim[4], victim[2], victim))
            elif rank >= bar:
                break
            else:
                victims.append(heappop(heap))
                free += victim[4]
        if size > free:
            for entry in victims:
                heappush(heap, entry)
            continue
        for _, _, victim in victims:
            del items[victim[5]]
            used -= victim[4]
            counts[victim[5]] = victim[0]
        used += size
        items[key] = item = [frequency, 0.0, number, cost, size, key]
        heappush(heap, (bar, number, item))
    return hits
