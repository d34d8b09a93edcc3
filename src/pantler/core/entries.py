"""Stored answers in memory, by key and by what a purge may name."""

from collections.abc import Iterator
from typing import Literal

from pantler.core.asks import Entry
from pantler.core.types import Key

Name = Literal["tag", "model", "tenant"]


class Entries:
    """A dictionary of entries that also knows which keys bear a tag.

    A model's or a tenant's are looked for one by one, some 10 ms for 100,000 entries: a set of all keys for each of
    these two would take as much memory as their answers' other fields.
    """

    def __init__(self) -> None:
        self._by_key: dict[Key, Entry] = {}
        self._tagged: dict[str, set[Key]] = {}
        self.get = self._by_key.get

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry in place of the one that had its key."""
        if key in self._by_key:
            self.drop(key)
        self._by_key[key] = entry
        for tag in entry.tags:
            self._tagged.setdefault(tag, set()).add(key)

    def drop(self, key: Key) -> bool:
        """Let go of an entry; whether there was one."""
        entry = self._by_key.pop(key, None)
        if entry is None:
            return False
        for tag in entry.tags:
            self._untag(key, tag)
        return True

    def named(self, by: Name, value: str) -> list[Key]:
        """The keys of the entries that bear a name."""
        match by:
            case "tag":
                return list(self._tagged.get(value, ()))
            case "model":
                return [key for key, entry in self._by_key.items() if entry.model == value]
            case "tenant":
                return [key for key, entry in self._by_key.items() if entry.tenant == value]

    def items(self) -> list[tuple[Key, Entry]]:
        """All that is kept now, in the order in which it was put."""
        return list(self._by_key.items())

    def _untag(self, key: Key, tag: str) -> None:
        keys = self._tagged.get(tag)
        if keys is not None:  # else the entry bears the tag twice
            keys.discard(key)
            if not keys:
                del self._tagged[tag]
