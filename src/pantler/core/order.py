"""The seams of the core as classes of machine code: their calls box no number where both sides are compiled.

Structural twins of `Policy` and of the priority in `Score`; a part of pure Python need not inherit from them.
"""

from collections.abc import Callable, Hashable, Sequence

from mypy_extensions import i64, mypyc_attr

from pantler.core.item import Item
from pantler.core.seams import Score

Priority = Callable[[float, float, float, float, float], float]


@mypyc_attr(allow_interpreted_subclasses=True)
class Order:
    """A `Policy` that the cache calls directly."""

    def arrive(self, key: Hashable) -> float:
        raise NotImplementedError

    def touch(self, item: Item, number: i64) -> None:
        raise NotImplementedError

    def admit(self, newcomer: Item, excess: i64) -> Sequence[Item] | None:
        raise NotImplementedError

    def discard(self, item: Item) -> None:
        raise NotImplementedError

    def revalue(self, item: Item, cost: float) -> Item:
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Worth:
    """What a score's `priority` says, asked for directly."""

    def __init__(self) -> None:  # so that compiled scores refuse parameters that they do not have
        return

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        raise NotImplementedError


class Told(Worth):
    """The worth by a priority function of pure Python."""

    def __init__(self, priority: Priority) -> None:
        self._priority = priority

    def worth(self, clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        return self._priority(clock, frequency, cost, size, touched)


def worth_of(score: Score) -> Worth:
    """Where to ask for what a score's priority says."""
    return score if isinstance(score, Worth) else Told(score.priority)
