"""A compiled open-addressing table from 64-bit keys to dense ids.

Slots are pairs (key, id + 1), zero where empty, probed linearly, at most half full, so that a key seen before costs
about one cache miss.
"""

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from pantler.core.errors import TraceError
from pantler.traces.prefetch import fetch

_SMALLEST = 1 << 12
_AHEAD = 48  # keys; as many loads as a core has under way, since of most of these keys the slot is near already


class HashTable:
    """Gives every new key the next id."""

    def __init__(self) -> None:
        self._slots = _empty_slots(_SMALLEST)
        self._keys = np.empty(_SMALLEST // 2, np.uint64)
        self.distinct = 0

    @property
    def keys(self) -> NDArray[np.uint64]:
        """The distinct keys in order of first appearance."""
        return self._keys[: self.distinct].copy()

    def ids(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The int32 id of each key. Raises TraceError past 2**30 distinct keys."""
        ids = np.empty(len(keys), np.int32)
        done = 0
        while done < len(keys):
            if self.distinct == len(self._keys):
                self._grow()
            done, self.distinct = _assign(keys, ids, done, (self._slots, self._keys), self.distinct)
        return ids

    def _grow(self) -> None:
        if self.distinct >= 2**30:
            raise TraceError("more than 2**30 distinct keys; split the trace or sample its keys")
        known = self.keys
        self._slots = _empty_slots(2 * len(self._slots))
        self._keys = np.empty(len(self._slots) // 2, np.uint64)
        self._keys[: self.distinct] = known
        _place(self._slots, known)


def _empty_slots(number: int) -> NDArray[np.uint64]:
    """So many slots, of memory in large pages where NumPy asks for them, as np.zeros does not."""
    slots = np.empty((number, 2), np.uint64)
    slots.fill(0)
    return slots


@njit(cache=True, nogil=True, inline="always")
def _home(key, mask):  # type: ignore[no-untyped-def]
    """The slot where a key belongs: one round of MurmurHash3's finaliser."""
    mixed = (key ^ (key >> uint64(33))) * uint64(0xFF51AFD7ED558CCD)
    return (mixed ^ (mixed >> uint64(33))) & mask


@njit(cache=True, nogil=True)
def _place(slots, keys):  # type: ignore[no-untyped-def]
    """Put keys that are known to differ into an empty table."""
    mask = uint64(len(slots) - 1)
    for number in range(len(keys)):
        if number + _AHEAD < len(keys):
            fetch(slots, (_home(keys[number + _AHEAD], mask), 0))
        slot = _home(keys[number], mask)
        while slots[slot, 1] != 0:
            slot = (slot + uint64(1)) & mask
        slots[slot, 0] = keys[number]
        slots[slot, 1] = number + 1


@njit(cache=True, nogil=True)
def _assign(keys, ids, start, table, distinct):  # type: ignore[no-untyped-def]
    """Fill ids[start:] until the table is half full; returns where it stopped with the number of distinct keys."""
    slots, known = table
    mask = uint64(len(slots) - 1)
    for i in range(start, len(keys)):
        if i + _AHEAD < len(keys):
            fetch(slots, (_home(keys[i + _AHEAD], mask), 0))
        key = keys[i]
        slot = _home(key, mask)
        while slots[slot, 1] != 0 and slots[slot, 0] != key:
            slot = (slot + uint64(1)) & mask
        if slots[slot, 1] == 0:
            if distinct == len(known):
                return i, distinct
            slots[slot, 0] = key
            slots[slot, 1] = distinct + 1
            known[distinct] = key
            distinct += 1
        ids[i] = slots[slot, 1] - 1
    return len(keys), distinct
