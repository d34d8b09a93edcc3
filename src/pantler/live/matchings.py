"""All circles at work, in one worker's thread: nothing here is called from another, but for what is only read."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import msgspec

from pantler.core.edges import Embedder
from pantler.core.recent import Recent
from pantler.core.types import Key
from pantler.live.asking import Asking, Circle, Question
from pantler.live.circles import Bearable, Found, Matching, Terms
from pantler.live.kept import KeptCircle, go_on, kept_circle
from pantler.live.members import Member

MOST_VECTORS = 4096  # of texts of late, kept for those that come again


class Matchings:
    """By circle, each made when it is first wanted; which hits are audited is by `chance`, so that nobody can know."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.by_circle: dict[Circle, Matching] = {}
        self._vectors: Recent[tuple[int, Circle, str, str], Any] = Recent()

    def load(self, embedder: Embedder) -> None:
        """Have an embedder read what it needs, which takes a while."""
        embedder.embed(["a"])

    def look(self, embedder: Embedder, terms: Terms, asking: Asking, bearable: Bearable) -> Found:
        """What to do with the nearest of a question's scope; the asking keeps the finding for its label."""
        question = asking.question
        vector = self._vector(embedder, question)
        second = None if asking.second is None else asking.second.vector
        found = self._matching(question.circle, terms, embedder).look(question, vector, bearable, second)
        asking.finding = found.finding
        return found

    def add(self, embedder: Embedder, terms: Terms, question: Question, key: Key) -> None:
        """The question's answer is stored under the key."""
        vector = self._vector(embedder, question)
        self._matching(question.circle, terms, embedder).add(key, question, vector)

    def have(self, circle: Circle, act: Callable[[Matching], object]) -> None:
        """Do something with what a circle has, if it has anything."""
        matching = self.by_circle.get(circle)
        if matching is not None:
            act(matching)

    def begin_anew(self, route: str, terms: Terms, embedder: Embedder) -> list[tuple[Circle, list[tuple[Key, Member]]]]:
        """Other terms, or another embedder, for what is believed of errors; the questions, to be taken in again."""
        kept = []
        for circle in [each for each in self.by_circle if each.route == route]:
            old = self.by_circle.pop(circle)
            matching = self._matching(circle, terms, embedder)
            learned = msgspec.to_builtins(old.matcher.snapshot(), builtin_types=(bytes,))
            matching.go_on(learned, old.counts, old.terms.ground)
            kept.append((circle, old.members.items()))
        return kept

    def snapshot(self, left: Mapping[Circle, Sequence[tuple[Key, Member]]]) -> list[KeptCircle]:
        """What is kept of every circle, with the questions that are left to be taken in."""
        return [kept_circle(circle, matching, left.get(circle, ())) for circle, matching in self.by_circle.items()]

    def go_on(self, terms: Terms, embedder: Embedder, kept: KeptCircle) -> None:
        """A circle with what was learned of it, but for its questions."""
        go_on(self._matching(Circle(*kept.circle), terms, embedder), kept)

    def remember(self, circle: Circle, embedder: Embedder, some: Sequence[tuple[Key, Member]]) -> None:
        """Some of a circle's questions that were kept; those that came anew stand in their places already."""
        matching = self.by_circle.get(circle)
        for key, member in some:
            if matching is not None and key not in matching.members:
                matching.members.add(key, member, embedder.embed([member.text])[0])

    def reports(self) -> Mapping[Circle, Matching]:
        """The circles as they are now, to be read."""
        return dict(self.by_circle)

    def _matching(self, circle: Circle, terms: Terms, embedder: Embedder) -> Matching:
        matching = self.by_circle.get(circle)
        if matching is None:
            matching = self.by_circle[circle] = Matching(terms, embedder.dimensions, self._chance.getrandbits(64))
        return matching

    def _vector(self, embedder: Embedder, question: Question) -> Any:
        """float32 (dimensions,) of a question, made once for each who asks it: another's is told by no time saved."""
        name = (id(embedder), question.circle, question.principal, question.text)
        vector = self._vectors.get(name)
        if vector is None:
            vector = embedder.embed([question.text])[0]
            self._vectors.write(name, vector, MOST_VECTORS)
        return vector
