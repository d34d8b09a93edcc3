"""A table that forgets what was written long ago; the young take the place of the old, at no price for a write."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Generations(Generic[K, V]):
    """The values of the last `most` keys that were written at least, and of twice as many at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: K) -> V | None:
        """What was last written under the key; None where that is not remembered."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def renew(self, key: K) -> V | None:
        """The same, which counts as written now."""
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is not None:
                self.write(key, found)
        return found

    def clear(self) -> None:
        """Forget all."""
        self._young.clear()
        self._old.clear()

    def write(self, key: K, value: V) -> None:
        """Set a key's value, which must not be None."""
        self._young[key] = value
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
