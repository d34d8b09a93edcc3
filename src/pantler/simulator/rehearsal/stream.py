"""The texts of one run in their order, embedded and read once, with each one's nearest predecessors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

import numpy as np
from numpy.typing import NDArray

from pantler.core.edges import Embedder
from pantler.matching.values import Near
from pantler.matching.wording import Wording, read
from pantler.simulator.rehearsal.texts import Texts

KEPT = 48  # nearest predecessors remembered; where none of them is stored the search is whole
BLOCK = 512

Found = list[tuple[int, float]]


@dataclass(frozen=True)
class Stream:
    """Requests in their order: `exact[i]` is an equal text before the i-th, or -1.

    `second` are another encoder's vectors.
    """

    texts: Sequence[str]
    facts: Sequence[str]
    vectors: NDArray[np.float32]
    wordings: Sequence[Wording]
    exact: Sequence[int]
    second: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def predecessors(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(n, KEPT) places of predecessors, nearest first and -1 beyond the last, and their cosines."""
        return _predecessors(self.vectors)

    def nearest(self, place: int, stored: NDArray[np.bool_], count: int = 2) -> Found:
        """The nearest predecessors that are stored, so many, with their cosines."""
        found: Found = []
        near, cosines = self.predecessors
        for other, cosine in zip(near[place].tolist(), cosines[place].tolist(), strict=True):
            if other < 0:
                return found
            if stored[other]:
                found.append((other, cosine))
                if len(found) == count:
                    return found
        return self._searched(place, stored, count)

    def compared(self, place: int, found: Found) -> list[Near]:
        """What was found as a matcher takes it."""
        if self.second is None:
            return [Near(other, cosine, self.wordings[other]) for other, cosine in found]
        asked = self.second[place]
        return [Near(other, cosine, self.wordings[other], float(self.second[other] @ asked)) for other, cosine in found]

    def _searched(self, place: int, stored: NDArray[np.bool_], count: int) -> Found:
        places = np.flatnonzero(stored[:place])
        cosines = self.vectors[places] @ self.vectors[place]
        best = np.argsort(-cosines, kind="stable")[:count]
        return [(int(places[at]), float(cosines[at])) for at in best]


def drawn(texts: Texts, count: int, seed: int, *, distinct: bool = False) -> tuple[list[str], list[str]]:
    """`count` texts without repeat, and their facts; of pairs so many as give that many texts, in any order.

    A text that stands in several of the pairs comes as often, unless `distinct`.
    """
    chance = Random(seed)
    if not texts.pairs:
        chosen = list(texts.facts)
        chance.shuffle(chosen)
    else:
        pairs = list(texts.pairs)
        chance.shuffle(pairs)
        chosen = [text for pair in pairs for text in (pair.a, pair.b)]
        if distinct:
            chosen = list(dict.fromkeys(chosen))
    chosen = chosen[:count]
    if texts.pairs:
        chance.shuffle(chosen)
    return chosen, [texts.facts[text] for text in chosen]


def prepared(
    texts: Sequence[str],
    facts: Sequence[str],
    vectors: NDArray[np.float32],
    wordings: Sequence[Wording] | None = None,
) -> Stream:
    """A stream of texts whose vectors are known, and perhaps how they read."""
    first: dict[str, int] = {}
    exact = [first.setdefault(text, place) for place, text in enumerate(texts)]
    exact = [-1 if other == place else other for place, other in enumerate(exact)]
    return Stream(texts, facts, vectors, wordings or [read(text) for text in texts], exact)


def reordered(stream: Stream, order: Sequence[int]) -> Stream:
    """The same requests in another order."""
    texts, facts = [stream.texts[place] for place in order], [stream.facts[place] for place in order]
    wordings = [stream.wordings[place] for place in order]
    moved = prepared(texts, facts, stream.vectors[np.asarray(order)], wordings)
    return moved if stream.second is None else replace(moved, second=stream.second[np.asarray(order)])


class Vectors:
    """Vectors of all texts of a file, embedded once, by a second encoder too where there is one."""

    def __init__(self, embedder: Embedder, texts: Sequence[str], second: Embedder | None = None) -> None:
        self._places = {text: place for place, text in enumerate(texts)}
        self._vectors = _embedded(embedder, texts)
        self._wordings: dict[str, Wording] = {}
        self._second = None if second is None else _embedded(second, texts)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Float32 (n, dimensions)."""
        found: NDArray[np.float32] = self._vectors[[self._places[text] for text in texts]]
        return found

    def second_of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Likewise of the second encoder, None where there is none."""
        return None if self._second is None else self._second[[self._places[text] for text in texts]]

    def stream(self, texts: Sequence[str], facts: Sequence[str]) -> Stream:
        """A stream of some of the texts."""
        for text in texts:
            if text not in self._wordings:
                self._wordings[text] = read(text)
        made = prepared(texts, facts, self.of(texts), [self._wordings[text] for text in texts])
        return replace(made, second=self.second_of(texts))


def _embedded(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    return np.concatenate([embedder.embed(texts[start : start + BLOCK]) for start in range(0, len(texts), BLOCK)])


def _predecessors(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    count = len(vectors)
    near = np.full((count, KEPT), -1, np.int32)
    cosines = np.zeros((count, KEPT), np.float32)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        scores = vectors[start:end] @ vectors[:end].T
        scores[np.arange(end)[None, :] >= np.arange(start, end)[:, None]] = -2.0
        kept = min(KEPT, end)
        best = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
        values = np.take_along_axis(scores, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        values = np.take_along_axis(values, order, axis=1)
        near[start:end, :kept] = np.where(values > -1.5, np.take_along_axis(best, order, axis=1), -1)
        cosines[start:end, :kept] = values
    return near, cosines
