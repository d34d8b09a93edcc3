"""Questions that are kept, taken in bit by bit after a restart or a reload, behind the looks that come meanwhile."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from pantler.core.types import Key
from pantler.live.asking import Circle
from pantler.live.likeness import Likeness
from pantler.live.matchings import Matchings
from pantler.live.members import Member
from pantler.live.second import Second
from pantler.live.worker import Worker

AT_A_TIME = 64  # texts that are embedded between two looks

Asked = Sequence[tuple[Key, Member]]  # questions of one circle
Piece = tuple[Circle, Asked]


class Intake:
    """Has the worker take them in, as long as `where` says that they are still kept in their circle."""

    def __init__(self, worker: Worker, matchings: Matchings, second: Second, where: Mapping[Key, Circle]) -> None:
        self._worker = worker
        self._matchings = matchings
        self._second = second
        self._where = where
        self._likenesses: dict[str, Likeness] = {}  # by route, as the worker has begun with them
        self._under_way: list[deque[Piece]] = []

    def remember(self, likeness: Likeness, circle: Circle, members: Asked) -> None:
        """Some of a circle's now, and then the rest."""
        self._worker.do(partial(self._begin, circle.route, likeness, [(circle, members)]))

    def begin_anew(self, route: str, likeness: Likeness) -> None:
        """All of a route's again, upon another ground; what was not taken in yet is, upon that ground too."""

        def begin() -> None:
            self._begin(route, likeness, self._matchings.begin_anew(route, likeness.terms, likeness.embedder))

        self._worker.do(begin)

    def left(self) -> Mapping[Circle, Asked]:
        """What is still to be taken in, by circle: a snapshot has it from here, so that no look waits for it."""
        left: defaultdict[Circle, list[tuple[Key, Member]]] = defaultdict(list)
        for pieces in self._under_way:
            for circle, some in pieces:
                left[circle] += self._stored(circle, some)
        return left

    def _begin(self, route: str, likeness: Likeness, circles: Sequence[Piece]) -> None:
        self._likenesses[route] = likeness
        pieces = deque(_pieces(circles))
        self._under_way.append(pieces)
        self._take(pieces)

    def _take(self, pieces: deque[Piece]) -> None:
        if not pieces:
            self._under_way.remove(pieces)
            return
        self._worker.do(partial(self._take, pieces))
        circle, some = pieces.popleft()
        likeness, stored = self._likenesses[circle.route], self._stored(circle, some)
        self._matchings.remember(circle, likeness.embedder, stored)
        self._second.stored(likeness.second, circle, [(key, member.text) for key, member in stored])

    def _stored(self, circle: Circle, some: Asked) -> Asked:
        return [(key, member) for key, member in some if self._where.get(key) == circle]


def _pieces(circles: Sequence[Piece]) -> Iterator[Piece]:
    for circle, members in circles:
        for start in range(0, len(members), AT_A_TIME):
            yield circle, members[start : start + AT_A_TIME]
