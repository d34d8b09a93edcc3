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
        self._keys: dict[tuple[Name, str], set[Key]] = {}
        self.get = self._by_key.get

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry in place of the one that had its key."""
        self.drop(key)
        self._by_key[key] = entry
        for name in _names(entry):
            self._keys.setdefault(name, set()).add(key)

    def drop(self, key: Key) -> bool:
        """Let go of an entry; whether there was one."""
        entry = self._by_key.pop(key, None)
        if entry is None:
            return False
        for name in _names(entry):
            keys = self._keys[name]
            keys.discard(key)
            if not keys:
                del self._keys[name]
        return True

    def named(self, by: Name, value: str) -> list[Key]:
        """The keys of the entries that bear a name."""
        return list(self._keys.get((by, value), ()))

    def items(self) -> list[tuple[Key, Entry]]:
        """All that is kept now, in the order in which it was put."""
        return list(self._by_key.items())


def _names(entry: Entry) -> Iterator[tuple[Name, str]]:
    yield "model", entry.model
    yield "tenant", entry.tenant
    for tag in set(entry.tags):
        yield "tag", tag
