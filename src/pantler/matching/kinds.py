"""Which stored texts labels have shown to ask the same, and what company a text's neighbours are by that.

A label that says that two answers agree puts the fresh text into its neighbour's kind. Where many of those near a text
are of its nearest one's kind, it most likely asks what they ask; where they are of another, the nearest may be so by
accident. A neighbour weighs exp(-d / FADES), d how much less near it is than the nearest.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from math import exp
from typing import NamedTuple

from pantler.core.packing import packed
from pantler.matching.values import Near

WIDEST_GAP = 0.3
FADES = 0.1
UNSURE = 0.5  # a neighbour's weight for and against a kind, beforehand
MOST = 100_000

Kept = list[tuple[bytes, int]]


class Company(NamedTuple):
    """How much nearer the nearest is than the runner-up, and than the first that is not known to be of its kind.

    `kin` is what neighbours of its kind weigh, `strangers` those of other kinds, `kin_share` the former's share.
    """

    gap: float = WIDEST_GAP
    kin: float = 0.0
    strangers: float = 0.0
    rival_gap: float = WIDEST_GAP
    kin_share: float = 0.0


class Kinds:
    """A number for each text that a label has put beside another; the oldest beyond MOST are forgotten."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[Hashable, int] = OrderedDict()  # whose first is found at once, unlike a dict's
        self._next = 0

    def label(self, fresh: Hashable, nearest: Hashable, agrees: bool) -> None:
        """What a label said of a text that is about to be stored, and of its nearest."""
        self.forget(fresh)
        if not agrees:
            return
        if nearest not in self._kinds:
            self._put(nearest, self._next)
            self._next += 1
        self._put(fresh, self._kinds[nearest])

    def forget(self, key: Hashable) -> None:
        """The text has left, or its answer is no longer believed."""
        self._kinds.pop(key, None)

    def of(self, key: Hashable) -> int | None:
        """The number of a text's kind, None where no label has put it beside another."""
        return self._kinds.get(key)

    def company(self, near: Sequence[Near]) -> Company:
        """Of the nearest of `near`, which come nearest first."""
        nearest, kind = near[0], self._kinds.get(near[0].key)
        kin, strangers, rival_gap = 0.0, 0.0, WIDEST_GAP
        for other in near[1:]:
            apart = nearest.cosine - other.cosine
            theirs = self._kinds.get(other.key)
            if theirs is not None and theirs == kind:
                kin += exp(-apart / FADES)
                continue
            rival_gap = min(rival_gap, apart)
            strangers += 0.0 if theirs is None else exp(-apart / FADES)
        gap = min(WIDEST_GAP, nearest.cosine - near[1].cosine) if len(near) > 1 else WIDEST_GAP
        return Company(gap, kin, strangers, rival_gap, kin / (kin + strangers + UNSURE))

    def snapshot(self) -> Kept:
        """Every text with its kind, oldest first; keys must be numbers."""
        return [(packed(key), kind) for key, kind in self._kinds.items()]

    def restore(self, kept: Kept) -> None:
        """Take up what `snapshot` gave."""
        self._kinds = OrderedDict((int.from_bytes(key), kind) for key, kind in kept)
        self._next = max(self._kinds.values(), default=-1) + 1

    def _put(self, key: Hashable, kind: int) -> None:
        if len(self._kinds) >= MOST:
            self._kinds.popitem(last=False)
        self._kinds[key] = kind
