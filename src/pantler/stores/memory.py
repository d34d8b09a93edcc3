"""Answers kept in memory, forgotten when the process ends."""

from pantler.core.asks import Entry
from pantler.core.entries import Entries, Name
from pantler.core.types import Key


class Memory:
    """A dictionary; what stays in it is the cache's decision."""

    def __init__(self) -> None:
        self._entries = Entries()
        self.get = self._entries.get

    def put(self, key: Key, entry: Entry) -> None:
        self._entries.put(key, entry)

    def drop(self, key: Key) -> None:
        self._entries.drop(key)

    def named(self, by: Name, value: str) -> list[Key]:
        return self._entries.named(by, value)

    async def close(self) -> None:
        return None
