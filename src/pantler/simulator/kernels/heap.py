"""A 4-ary heap of (priority, tag), smallest first; a tag holds the number an item was ranked by above its slot.

Numbers differ, so that tags order as the numbers do, one comparison breaks a tie, and the order is total: every heap
over the same entries gives them out alike. Positions past the heap's length hold the slots that are free.
"""

from typing import Any

import numpy as np

SLOT_BITS = 30
SLOT_MASK = (1 << SLOT_BITS) - 1
ENTRY = np.dtype([("priority", np.float64), ("tag", np.int64)])


def sift_down(heap: Any, length: int, priority: float, tag: int) -> None:
    """Put an entry in the place of the root."""
    hole = 0
    while True:
        first = 4 * hole + 1
        if first >= length:
            break
        best = first
        least, least_tag = heap[first].priority, heap[first].tag
        for child in range(first + 1, min(first + 4, length)):
            other = heap[child].priority
            if other < least or (other == least and heap[child].tag < least_tag):
                best, least, least_tag = child, other, heap[child].tag
        if priority < least or (priority == least and tag < least_tag):
            break
        heap[hole].priority = least
        heap[hole].tag = least_tag
        hole = best
    heap[hole].priority = priority
    heap[hole].tag = tag


def sift_up(heap: Any, hole: int, priority: float, tag: int) -> None:
    """Put an entry into the last position of the heap."""
    while hole > 0:
        parent = (hole - 1) >> 2
        above, above_tag = heap[parent].priority, heap[parent].tag
        if above < priority or (above == priority and above_tag < tag):
            break
        heap[hole].priority = above
        heap[hole].tag = above_tag
        hole = parent
    heap[hole].priority = priority
    heap[hole].tag = tag
