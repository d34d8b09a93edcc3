"""A 4-ary heap of items, least (priority, ranked) first; heapq's own calls a method for every comparison.

The order is total, so that any heap gives the items out alike; with four below each, half as many steps wait for
memory as with two.
"""

from mypy_extensions import i64

from pantler.core.item import Item


def push(heap: list[Item], item: Item) -> None:
    """Add an item."""
    heap.append(item)
    rise(heap, len(heap) - 1)


def pop(heap: list[Item]) -> Item:
    """Take the least item away."""
    last = heap.pop()
    if not heap:
        return last
    least = heap[0]
    replace(heap, last)
    return least


def replace(heap: list[Item], item: Item) -> None:
    """Put an item in the place of the least."""
    heap[0] = item
    sink(heap, 0)


def heapify(heap: list[Item]) -> None:
    """Order a list into a heap."""
    for place in range((len(heap) - 2) // 4, -1, -1):
        sink(heap, place)


def rise(heap: list[Item], place: i64) -> None:
    """Move the item at `place` towards the root as far as it is less than what stands above it."""
    item = heap[place]
    priority, ranked = item.priority, item.ranked
    while place > 0:
        above = (place - 1) >> 2
        parent = heap[above]
        bar = parent.priority
        if bar < priority or (bar == priority and parent.ranked < ranked):
            break
        heap[place] = parent
        place = above
    heap[place] = item


def sink(heap: list[Item], place: i64) -> None:
    """Move the item at `place` away from the root as far as something below it is less."""
    item = heap[place]
    priority, ranked = item.priority, item.ranked
    end: i64 = len(heap)
    below = 4 * place + 1
    while below < end:
        child = heap[below]
        least = child.priority
        last = below + 3
        if last >= end:
            last = end - 1
        other_place = below + 1
        while other_place <= last:
            other = heap[other_place]
            worth = other.priority
            if worth < least or (worth == least and other.ranked < child.ranked):
                child, least, below = other, worth, other_place
            other_place += 1
        if priority < least or (priority == least and ranked < child.ranked):
            break
        heap[place] = child
        place = below
        below = 4 * place + 1
    heap[place] = item
