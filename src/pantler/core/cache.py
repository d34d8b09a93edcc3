"""A bounded set of items."""

from collections.abc import Hashable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

from mypy_extensions import i64

from pantler.core.errors import CapacityError
from pantler.core.item import FOREVER, NEVER, Item
from pantler.core.order import Order
from pantler.core.seams import Admission, Counting, Policy
from pantler.core.types import Query, Verdict

ADMITTED: Final = Verdict(admitted=True)
OVERSIZE: Final = Verdict(admitted=False, reason="larger than the cache")
REFUSED: Final = Verdict(admitted=False, reason="worth less than what it would evict")
FEW: Final = 64  # deadlines, of which none needs to be forgotten


class Cache:
    """Items under a capacity, kept in the order of a policy; not safe for threads by itself.

    `capacity` is in the unit of the sizes that are put: bytes, or items where every size is 1. Arrivals are numbered;
    an item that expires (`expires`, in the unit of the `now` that is passed in) is dropped when it is next looked up,
    and before anything is evicted.
    """

    def __init__(self, policy: Policy, capacity: int) -> None:
        if capacity < 1:
            raise CapacityError(f"a capacity of {capacity} holds nothing; give at least one byte or item")
        self.policy = policy
        self.capacity: i64 = capacity
        self.used: i64 = 0
        self.residents: dict[Hashable, Item] = {}
        self._order = policy if isinstance(policy, Order) else None  # called directly where compiled
        self._number: i64 = 0
        self._deadlines: list[tuple[float, i64, Item]] = []

    def __len__(self) -> int:
        return len(self.residents)

    def __contains__(self, key: Hashable) -> bool:
        return key in self.residents

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.residents)

    def peek(self, key: Hashable) -> Item | None:
        """The item of `key`, without counting an arrival."""
        return self.residents.get(key)

    def keeps(self, query: Query, saved: float, frequency: float = NEVER) -> bool:
        """Whether an answer to the query, each hit on which saves `saved`, would be admitted now.

        `frequency` is how often it has come, where that is more than the policy has counted yet.
        """
        if query.size_bytes > self.capacity:
            return False
        if not isinstance(self.policy, Admission):
            return True
        newcomer = Item(query.key, saved, query.size_bytes)
        newcomer.frequency = frequency
        return self.policy.admits(newcomer, self.used + newcomer.size - self.capacity)

    def look(self, key: Hashable, now: float = 0.0) -> Item | None:
        """Touch and return the item of `key`, if it is resident and has not expired at `now`."""
        item = self.residents.get(key)
        if item is None:
            return None
        if item.expires <= now:
            self.drop(key)
            return None
        self._number += 1
        if self._order is not None:
            self._order.touch(item, self._number)
        else:
            self.policy.touch(item, self._number)
        return item

    def hit(self, key: Hashable, default: Any, now: float) -> Any:
        """The payload of the item that `look` returns, or `default`."""
        item = self.look(key, now)
        return default if item is None else item.payload

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of a key that `look` did not find; how often it has come, as far as the policy remembers."""
        return self.policy.arrive(key) if self._order is None else self._order.arrive(key)

    def foresee(self, key: Hashable) -> float:
        """What `arrive` would return for a key that is absent; counts nothing."""
        return self.policy.foresee(key) if isinstance(self.policy, Counting) else 1.0

    def count(self, item: Item) -> float:
        """How often the query of a resident or of a victim has come, as far as the policy remembers."""
        return self.policy.count(item) if isinstance(self.policy, Counting) else item.frequency

    def put(self, item: Item, now: float = 0.0) -> Verdict:
        """Offer an item for its key; one that is resident under that key is replaced, and its count lives on.

        An item larger than the cache is refused before anything is evicted.
        """
        victims = self.offer(item, now)
        if victims is None:
            return OVERSIZE if item.size > self.capacity else REFUSED
        return Verdict(admitted=True, evicted=victims) if victims else ADMITTED

    def offer(self, item: Item, now: float = 0.0) -> list[Item] | None:
        """As `put`; the evicted items alone, None where the item was refused."""
        if self._deadlines:
            self.purge(now)
        old = self.residents.get(item.key)
        if old is not None:
            self.drop(item.key)
            item.frequency = old.frequency
        if item.size > self.capacity:
            return None
        self._number += 1
        item.touched = self._number
        excess = self.used + item.size - self.capacity
        order = self._order
        told = self.policy.admit(item, excess) if order is None else order.admit(item, excess)
        if told is None:
            return None
        victims: list[Item] = told if isinstance(told, list) else list(told)  # so typed, sizes are not boxed
        self.residents[item.key] = item
        self.used += item.size
        for victim in victims:
            del self.residents[victim.key]
            self.used -= victim.size
        if item.expires < FOREVER:
            self._note_deadline(item, item.touched)
        return victims

    def keep(self, key: Hashable, payload: Any, cost: float, size: int) -> bool:
        """Offer a payload that never expires; whether it was admitted."""
        return self.offer(Item(key, cost, size, payload)) is not None

    def drop(self, key: Hashable) -> bool:
        """Remove the item of `key`; whether there was one."""
        item = self.residents.pop(key, None)
        if item is None:
            return False
        self.used -= item.size
        self.policy.discard(item)
        return True

    def revalue(self, key: Hashable, cost: float) -> None:
        """Rank the item of `key` by a new cost, higher or lower."""
        item = self.policy.revalue(self.residents[key], cost)
        self.residents[key] = item
        if item.expires < FOREVER:  # the deadline must find the item that now stands for the key
            self._number += 1
            self._note_deadline(item, self._number)

    def purge(self, now: float) -> list[Item]:
        """Drop every item that has expired at `now`; the items."""
        gone = []
        while self._deadlines and self._deadlines[0][0] <= now:
            item = heappop(self._deadlines)[2]
            if self.residents.get(item.key) is item:
                self.drop(item.key)
                gone.append(item)
        return gone

    def _note_deadline(self, item: Item, number: i64) -> None:
        """Note when an item expires; of those that have left the deadlines are forgotten once they are the more."""
        heappush(self._deadlines, (item.expires, number, item))
        if len(self._deadlines) > max(FEW, 2 * len(self.residents)):
            here = [each for each in self.residents.values() if each.expires < FOREVER]
            self._deadlines = [(each.expires, each.touched, each) for each in here]
            heapify(self._deadlines)
