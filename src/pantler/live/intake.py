"""Questions that were kept, taken in bit by bit after a restart, behind the looks that come meanwhile."""

from collections.abc import Mapping, Sequence

from pantler.core.types import Key
from pantler.live.asking import Circle
from pantler.live.likeness import Likeness
from pantler.live.matchings import Matchings
from pantler.live.members import Member
from pantler.live.second import Second
from pantler.live.worker import Worker

AT_A_TIME = 64  # texts that are embedded between two looks


class Intake:
    """Has the worker take them in, as long as `where` says that they are still kept in their circle."""

    def __init__(self, worker: Worker, matchings: Matchings, second: Second, where: Mapping[Key, Circle]) -> None:
        self._worker = worker
        self._matchings = matchings
        self._second = second
        self._where = where

    def remember(self, likeness: Likeness, circle: Circle, members: Sequence[tuple[Key, Member]]) -> None:
        """Some of them now, and then the rest."""
        some, rest = members[:AT_A_TIME], members[AT_A_TIME:]

        def remember() -> None:
            stored = [(key, member) for key, member in some if self._where.get(key) == circle]
            self._matchings.remember(circle, likeness.embedder, stored)
            self._second.stored(likeness.second, circle, [(key, member.text) for key, member in stored])
            if rest:
                self.remember(likeness, circle, rest)

        self._worker.do(remember)
