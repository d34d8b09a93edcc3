"""Questions that are kept come back bit by bit, so that a look in between waits for one piece at most."""

from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from pantler.core.types import Key
from pantler.embedders.hashing import Hashing
from pantler.live.asking import Circle, Question
from pantler.live.circles import Terms
from pantler.live.intake import AT_A_TIME, Intake
from pantler.live.likeness import Likeness
from pantler.live.matchings import Matchings

CIRCLE = Circle("", "near", "chat")
COUNT = 2 * AT_A_TIME + 5


class Turns:
    """A worker whose works are done one by one, as a test says."""

    def __init__(self) -> None:
        self.queue: deque[Callable[[], object]] = deque()
        self.do = self.queue.append

    def turn(self) -> None:
        self.queue.popleft()()

    def all(self) -> None:
        while self.queue:
            self.turn()


class Unread:
    def stored(self, embedder: object, circle: Circle, texts: Sequence[tuple[Key, str]]) -> None:
        """No second encoder is asked."""


class Counting(Hashing):
    texts = 0

    def embed(self, texts: Sequence[str]) -> Any:
        self.texts += len(texts)
        return super().embed(texts)


def likeness(dimensions: int) -> Likeness:
    return Likeness(Terms(ground=str(dimensions)), None, Counting(dimensions=dimensions))  # type: ignore[arg-type]


class Room:
    """A worker's matchings with COUNT questions in them, and an intake beside."""

    def __init__(self) -> None:
        self.turns, self.matchings = Turns(), Matchings(Random(0))
        first = likeness(64)
        for key in range(COUNT):
            question = Question(CIRCLE, 1, f"question {key}")
            self.matchings.add(first.embedder, first.terms, question, key)
        self.where = dict.fromkeys(range(COUNT), CIRCLE)
        self.intake = Intake(self.turns, self.matchings, Unread(), self.where)  # type: ignore[arg-type]

    @property
    def found(self) -> int:
        return len(self.matchings.by_circle[CIRCLE].members)

    @property
    def kept(self) -> list[int]:
        (circle,) = self.matchings.snapshot(self.intake.left())
        return sorted(int.from_bytes(member.key) for member in circle.members)


def test_on_another_ground_a_piece_at_a_time_is_embedded_and_looks_come_between() -> None:
    room, again = Room(), likeness(128)
    room.intake.begin_anew(CIRCLE.route, again)
    room.turns.turn()
    assert room.found == again.embedder.texts == AT_A_TIME  # type: ignore[attr-defined]
    looks: list[int] = []
    room.turns.do(lambda: looks.append(room.found))
    room.turns.all()
    assert looks == [2 * AT_A_TIME]
    assert room.found == again.embedder.texts == COUNT  # type: ignore[attr-defined]


def test_a_question_whose_answer_has_left_meanwhile_is_not_taken_in() -> None:
    room = Room()
    room.intake.begin_anew(CIRCLE.route, likeness(128))
    room.turns.turn()
    del room.where[COUNT - 1]
    room.turns.all()
    assert room.found == COUNT - 1


def test_where_the_ground_changes_again_what_was_not_taken_in_yet_is_upon_the_latest() -> None:
    room, last = Room(), likeness(32)
    room.intake.begin_anew(CIRCLE.route, likeness(128))
    room.turns.turn()
    room.intake.begin_anew(CIRCLE.route, last)
    room.turns.all()
    assert room.found == last.embedder.texts == COUNT  # type: ignore[attr-defined]


def test_a_snapshot_in_between_lacks_nothing_and_embeds_nothing() -> None:
    room, again = Room(), likeness(128)
    room.intake.begin_anew(CIRCLE.route, again)
    room.turns.turn()
    room.matchings.add(again.embedder, again.terms, Question(CIRCLE, 1, f"question {COUNT - 1}"), COUNT - 1)
    embedded = again.embedder.texts  # type: ignore[attr-defined]
    assert room.kept == list(range(COUNT))
    assert again.embedder.texts == embedded < COUNT  # type: ignore[attr-defined]
    del room.where[COUNT - 2]
    room.turns.all()
    assert room.kept == [key for key in range(COUNT) if key != COUNT - 2]
