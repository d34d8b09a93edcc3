"""Which request bodies have come of late, so that only what does come again takes up memory."""

from typing import Final

MOST: Final = 4900  # as many as a set holds in an eighth of a megabyte, and more than `Repeats` has room for


class Lately:
    """Remembers at least the last `most` bodies, and at most twice as many, by numbers that two may share."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._young: set[int] = set()
        self._old: set[int] = set()

    def note(self, sender: str, body: bytes) -> bool:
        """Whether the body has come before from the same sender, of whom nobody else can tell; it has from now on."""
        number = hash((sender, body))
        if number in self._young:
            return True
        self._young.add(number)
        known = number in self._old
        if len(self._young) >= self._most:
            self._old, self._young = self._young, set()
        return known
