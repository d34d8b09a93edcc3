"""Stored answers in memory, by key and by what a purge may name."""

from collections.abc import Iterator
from typing import Literal

from pantler.core.asks import Entry
from pantler.core.types import Key

Name = Literal["tag", "model", "tenant"]


class Entries:
    """A dictionary of entries that also knows which keys bear a tag, a model's or a tenant's name."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Entry] = {}
        self._keys: dict[Name, dict[str, set[Key]]] = {"tag": {}, "model": {}, "tenant": {}}
        self.get = self._by_key.get

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry in place of the one that had its key."""
        self.drop(key)
        self._by_key[key] = entry
        self._name(key, "model", entry.model)
        self._name(key, "tenant", entry.tenant)
        for tag in entry.tags:
            self._name(key, "tag", tag)

    def drop(self, key: Key) -> bool:
        """Let go of an entry; whether there was one."""
        entry = self._by_key.pop(key, None)
        if entry is None:
            return False
        self._unname(key, "model", entry.model)
        self._unname(key, "tenant", entry.tenant)
        for tag in entry.tags:
            self._unname(key, "tag", tag)
        return True

    def named(self, by: Name, value: str) -> list[Key]:
        """The keys of the entries that bear a name."""
        return list(self._keys[by].get(value, ()))

    def items(self) -> list[tuple[Key, Entry]]:
        """All that is kept now, in the order in which it was put."""
        return list(self._by_key.items())

    def _name(self, key: Key, by: Name, value: str) -> None:
        keys = self._keys[by].get(value)
        if keys is None:
            keys = self._keys[by][value] = set()
        keys.add(key)

    def _unname(self, key: Key, by: Name, value: str) -> None:
        keys = self._keys[by].get(value)
        if keys is not None:  # else the entry bears the name twice
            keys.discard(key)
            if not keys:
                del self._keys[by][value]
