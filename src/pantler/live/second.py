"""Near questions by two encoders: the second one is slow, so it reads what the first has found, in a thread of its own.

A text that is stored is read in its turn, behind those that are asked; until then its answer is not matched.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pantler.core.edges import Embedder
from pantler.core.types import Key
from pantler.live.asking import Asking, Circle, Reading
from pantler.live.circles import Found
from pantler.live.likeness import Likeness
from pantler.live.matchings import Matchings
from pantler.live.worker import Worker

MOST_QUEUED = 10_000  # texts of a reader that is stuck; what is stored then is not matched


class Second:
    """Reads in the thread of `reader`; `worker` is the one that has the matchings."""

    def __init__(self, reader: Worker, worker: Worker, matchings: Matchings) -> None:
        self._reader = reader
        self._worker = worker
        self._matchings = matchings

    def load(self, embedder: Embedder | None) -> None:
        """Have an embedder read what it needs, which takes a while."""
        if embedder is not None:
            self._reader.do(partial(embedder.embed, ["a"]))

    async def found(self, asking: Asking, likeness: Likeness, look: Callable[[], Found]) -> Found:
        """What a look finds, by both encoders where it is undecided by the first; TimeoutError where that is late."""
        found = await asyncio.wrap_future(self._worker.ask(look))
        second = likeness.second
        if not found.is_undecided or second is None:
            return found
        if self._reader.is_late(likeness.deadline_seconds):
            raise TimeoutError
        text = asking.question.text
        vector = await asyncio.wrap_future(self._reader.ask(lambda: second.embed([text])[0]))
        asking.second = Reading(second, vector)
        return await asyncio.wrap_future(self._worker.ask(look))

    def landed(self, likeness: Likeness, asking: Asking, key: Key) -> None:
        """A question's answer is stored."""
        question, second = asking.question, asking.second
        if second is not None and second.by is likeness.second:
            self._tell(question.circle, key, second.vector)
        else:
            self.stored(likeness.second, question.circle, [(key, question.text)])

    def stored(self, embedder: Embedder | None, circle: Circle, texts: Sequence[tuple[Key, str]]) -> None:
        """Have texts read that can be found, one by one."""
        if embedder is None or not texts or self._reader.waiting >= MOST_QUEUED:
            return

        def read() -> None:
            (key, text), rest = texts[0], texts[1:]
            self._tell(circle, key, embedder.embed([text])[0])
            self.stored(embedder, circle, rest)

        self._reader.do(read)

    async def settled(self) -> None:
        """Return once it has read what it was given so far."""
        is_idle = False
        while not is_idle:  # what was read may have left more behind what was asked for here
            is_idle = await asyncio.wrap_future(self._reader.ask(lambda: not self._reader.waiting))

    def close(self) -> None:
        """Read nothing more."""
        self._reader.close()

    def _tell(self, circle: Circle, key: Key, vector: Any) -> None:
        self._worker.do(partial(self._matchings.have, circle, lambda matching: matching.read_by_second(key, vector)))
