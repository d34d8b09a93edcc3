"""Whether two answers mean about the same: near by their vectors, the same in numbers, negations, opposites, roles.

For longer answers, which are seldom equal. It knows likeness and not truth: give its error rate as `judge_error`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from pantler.core.answers import said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError
from pantler.matching.rules import GATES
from pantler.matching.wording import Wording, read

RULES = ("numbers_differ", "negation_differs", "opposite_words", "roles_differ")
Embed = Callable[[Sequence[str]], Any]


class Embedding:
    """Scores 1 from `least_cosine` on, else 0; `embed` makes vectors of texts, in a thread beside the event loop."""

    def __init__(self, *, embed: Embed | None = None, least_cosine: float = 0.9) -> None:
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
        return await asyncio.to_thread(self._opinion, self._embed, pairs)

    def _opinion(self, embed: Embed, pairs: Sequence[tuple[str, str]]) -> Opinion:
        """What the worst of some pairs of texts comes to."""
        for one, other in pairs:
            rule = _broken(read(one), read(other))
            if rule:
                return Opinion(0.0, rule)
        vectors = embed([text for pair in pairs for text in pair])
        cosine = min(float(vectors[place] @ vectors[place + 1]) for place in range(0, len(vectors), 2))
        return Opinion(float(cosine >= self._least), "near" if cosine >= self._least else "not near enough")


def _broken(one: Wording, other: Wording) -> str:
    """The rule that two texts break, however near they are; empty where none."""
    return next((name for name in RULES if GATES[name](one, other)), "")
