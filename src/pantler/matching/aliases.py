"""Texts that a label has shown to ask what a stored entry answers: served by their own key, weighed no more."""

from collections import OrderedDict
from collections.abc import Hashable

MOST = 100_000


class Aliases:
    """One entry for each alias, the oldest of `most` making room; an entry that leaves takes its aliases along."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._entries: OrderedDict[Hashable, Hashable] = OrderedDict()  # whose first is found at once, unlike a dict's
        self._aliases: dict[Hashable, set[Hashable]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, alias: Hashable, entry: Hashable) -> None:
        """A label said that `entry` answers `alias`."""
        self.drop_alias(alias)
        while len(self._entries) >= self.most:
            self.drop_alias(next(iter(self._entries)))
        self._entries[alias] = entry
        self._aliases.setdefault(entry, set()).add(alias)

    def entry(self, alias: Hashable) -> Hashable | None:
        """What answers `alias`, or None."""
        return self._entries.get(alias)

    def items(self) -> list[tuple[Hashable, Hashable]]:
        """Every alias with its entry, oldest first."""
        return list(self._entries.items())

    def drop_alias(self, alias: Hashable) -> None:
        """Forget one alias, if it is known."""
        entry = self._entries.pop(alias, None)
        if entry is None:
            return
        self._aliases[entry].discard(alias)
        if not self._aliases[entry]:
            del self._aliases[entry]

    def drop(self, entry: Hashable) -> None:
        """The entry has left, or was rated wrong: forget all its aliases."""
        for alias in self._aliases.pop(entry, ()):
            del self._entries[alias]
