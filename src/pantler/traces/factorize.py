"""Raw 64-bit keys to dense ids in order of first appearance."""

from importlib.util import find_spec
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
Ids: TypeAlias = NDArray[np.int32]


class Factorizer(Protocol):
    """Gives every new key the next id, across as many calls as needed."""

    distinct: int

    def ids(self, keys: Keys) -> Ids:
        """The int32 id of each key. Raises TraceError past 2**30 distinct keys."""
        ...

    @property
    def keys(self) -> Keys:
        """The distinct keys: `keys[id]` is the key of `id`."""
        ...


def factorize(keys: Keys) -> tuple[Ids, Keys]:
    """Dense int32 ids of `keys` by first appearance, with the distinct keys in that order."""
    factorizer = new_factorizer()
    return factorizer.ids(keys), factorizer.keys


def new_factorizer() -> Factorizer:
    """The compiled table where Numba is installed, a dict behind np.unique (some fifteen times slower) elsewhere."""
    if find_spec("numba") is None:
        return DictFactorizer()
    from pantler.traces.hash_table import HashTable

    return HashTable()


class DictFactorizer:
    """Passes the distinct keys of each call through a dict."""

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self.distinct = 0

    @property
    def keys(self) -> Keys:
        return np.fromiter(self._ids, np.uint64, len(self._ids))

    def ids(self, keys: Keys) -> Ids:
        distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        ids = np.empty(len(distinct), np.int32)
        values = distinct.tolist()
        for place in np.argsort(first).tolist():
            ids[place] = self._ids.setdefault(values[place], len(self._ids))
        self.distinct = len(self._ids)
        return ids[inverse]
