"""How much wronger than the rest what bears a name has shown itself to be, in log odds.

o = sum (y - p) / (1 / v + sum p (1 - p)) over its labels y that had the chance p: one step from 0 towards its best, v
the variance of such offsets.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from math import log

MOST = 100_000
DEMOTION = 1e5  # times the odds of an error: of the surest, too, that is more likely wrong than not


class Offsets:
    """Of all names that a label told of; the oldest of MOST makes room."""

    def __init__(self, spread: float) -> None:
        self._spread = spread
        self._told: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # whose first is found at once

    def of(self, name: Hashable) -> float:
        """The offset of a name, 0 where nothing is known."""
        moved, known = self._told.get(name, (0.0, 0.0))
        return moved / (1.0 / self._spread + known)

    def move(self, name: Hashable, moved: float, known: float) -> None:
        """One more label, by how much it was above its chance, and what it tells."""
        before = self._told.get(name, (0.0, 0.0))
        if name not in self._told and len(self._told) >= MOST:
            self._told.popitem(last=False)
        self._told[name] = before[0] + moved, before[1] + known

    def demote(self, name: Hashable) -> None:
        """Hold it for likely wrong until labels say otherwise."""
        self._told[name] = (log(DEMOTION) / self._spread, 0.0)

    def forget(self, name: Hashable) -> None:
        """Nothing of that name is left."""
        self._told.pop(name, None)

    def items(self) -> Iterable[tuple[Hashable, float, float]]:
        """Every name with the sums of what labels told of it, oldest first."""
        return [(name, moved, known) for name, (moved, known) in self._told.items()]

    def restore(self, told: Iterable[tuple[Hashable, float, float]]) -> None:
        """Take up what `items` gave."""
        self._told = OrderedDict((name, (moved, known)) for name, moved, known in told)
