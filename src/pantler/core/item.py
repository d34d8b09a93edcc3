"""What a policy may know of a cached answer."""

from collections.abc import Hashable
from typing import Any

import msgspec

NEVER = float("-inf")
GONE = 0  # the `touched` of an item that has left the cache; arrivals are numbered from 1


class Item(msgspec.Struct, order=True, gc=False):
    """A cached answer as a policy sees it; mutable, since a hit only writes a count, a clock and a number.

    Items order by (priority, ranked), compared in C, so that they are their own heap entries. `priority` and `ranked`
    are what the item was last ranked by, a lower bound of its true rank; they belong to the policy. `touched` is the
    arrival number of the last hit or of the insertion, GONE once the item has left.
    """

    priority: float
    ranked: int
    touched: int
    key: Hashable
    cost: float
    size: int
    frequency: float = NEVER  # raised by the policy to at least one arrival
    clock: float = 0.0
    payload: Any = None  # whatever its owner attached; policies never look
    expires: float | None = None


def new_item(key: Hashable, *, cost: float, size: int, payload: Any = None) -> Item:
    """An item that no policy has ranked yet."""
    return Item(NEVER, GONE, GONE, key, cost, size, payload=payload)
