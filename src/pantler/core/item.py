"""What a policy may know of a cached answer."""

from collections.abc import Hashable
from typing import Any, Final

from mypy_extensions import i64, mypyc_attr

NEVER: Final = float("-inf")
FOREVER: Final = float("inf")
GONE: Final = 0  # the `touched` of an item that has left the cache; arrivals are numbered from 1


@mypyc_attr(free_list_len=1)  # what was evicted last is at hand, warm, for the next newcomer
class Item:
    """A cached answer as a policy sees it; mutable, since a hit only writes a count, a clock and a number.

    `priority` and `ranked` are what the item was last ranked by, a lower bound of its true rank; they belong to the
    policy, as do `notes`, the next `older` item, the key's `digest` and `frequency`, at least one arrival. `touched` is
    the number of the last hit or of the insertion, GONE once the item has left. `payload` is whatever its owner
    attached; policies never look.
    """

    __slots__ = (
        "clock", "cost", "digest", "expires", "frequency", "key", "notes", "older", "payload", "priority", "ranked",
        "size", "touched",
    )  # fmt: skip

    def __init__(self, key: Hashable, cost: float, size: i64, payload: Any = None, expires: float = FOREVER) -> None:
        self.priority: float = NEVER  # first what the heap compares and a hit writes, so that it shares a cache line
        self.ranked: i64 = GONE
        self.touched: i64 = GONE
        self.frequency: float = NEVER
        self.clock: float = 0.0
        self.payload: Any = payload
        self.expires: float = expires
        self.cost: float = cost
        self.size: i64 = size
        self.key = key
        self.digest: i64 = 0
        self.notes: Any = None
        self.older: Item | None = None
