"""Whether two answers mean about the same: near by their vectors, with the same numbers and negations.

For longer answers, which are seldom equal. It knows likeness and not truth: give its error rate as `judge_error`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from pantler.core.answers import said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError
from pantler.matching.wording import read


class Embedding:
    """Scores 1 from `least_cosine` on, else 0; `embed` makes vectors of texts, in a thread beside the event loop."""

    def __init__(self, *, embed: Callable[[Sequence[str]], Any] | None = None, least_cosine: float = 0.9) -> None:
        if not 0.0 < least_cosine < 1.0:
            raise ConfigError(f"judge 'embedding': least_cosine is {least_cosine}; give a number between 0 and 1")
        self._embed = embed
        self._least = least_cosine

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        before, last = (said_in(answer) for answer in [b"", *answers][-2:])
        if self._embed is None or not before or len(before) != len(last):
            return Opinion(0.0, "has nothing to compare")
        if any(each.calls or not each.text for each in (*before, *last)):
            return Opinion(0.0, "says nothing in words")
        pairs = [(one.text, other.text) for one, other in zip(before, last, strict=True)]
        if any(_facts(one) != _facts(other) for one, other in pairs):
            return Opinion(0.0, "numbers or negations differ")
        vectors = await asyncio.to_thread(self._embed, [text for pair in pairs for text in pair])
        cosine = min(float(vectors[place] @ vectors[place + 1]) for place in range(0, len(vectors), 2))
        return Opinion(float(cosine >= self._least), "near" if cosine >= self._least else "not near enough")


def _facts(text: str) -> tuple[frozenset[str], bool]:
    """What two texts may not differ in, however near they are."""
    wording = read(text)
    return wording.numbers, bool(wording.negations)
