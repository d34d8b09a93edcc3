"""A table that forgets what was written longest ago.

Another thread may list it at any moment, for a snapshot: no key that stays is absent in between, as one would be that
is taken out to be put at the end.
"""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """By key, the one written last at the end."""

    def write(self, key: K, value: V, most: int) -> None:
        """Set a key's value; of more than `most` keys the first is forgotten."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > most:
            self.popitem(last=False)
