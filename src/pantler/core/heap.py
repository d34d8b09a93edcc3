"""A binary heap of items, least (priority, ranked) first; heapq's own calls a method for every comparison."""

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
    for place in range(len(heap) // 2 - 1, -1, -1):
        sink(heap, place)


def rise(heap: list[Item], place: i64) -> None:
    """Move the item at `place` towards the root as far as it is less than what stands above it."""
    item = heap[place]
    while place > 0:
        above = (place - 1) >> 1
        parent = heap[above]
        if not less(item, parent):
            break
        heap[place] = parent
        place = above
    heap[place] = item


def sink(heap: list[Item], place: i64) -> None:
    """Move the item at `place` away from the root as far as something below it is less."""
    item = heap[place]
    end: i64 = len(heap)
    below = 2 * place + 1
    while below < end:
        child = heap[below]
        if below + 1 < end:
            other = heap[below + 1]
            if less(other, child):
                child = other
                below += 1
        if not less(child, item):
            break
        heap[place] = child
        place = below
        below = 2 * place + 1
    heap[place] = item


def less(one: Item, other: Item) -> bool:
    """Whether one item ranks below another."""
    if one.priority == other.priority:
        return one.ranked < other.ranked
    return one.priority < other.priority
