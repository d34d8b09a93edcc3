"""What near questions are matched by, and what of the live loop a match stands on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from pantler.core.asks import Entry
from pantler.core.cost import Weights
from pantler.core.edges import Embedder, Judge, Store
from pantler.core.engine import Engine
from pantler.core.types import Key, Miss, Rating
from pantler.live.circles import Terms
from pantler.live.errands import Errand, Hit


@dataclass(frozen=True)
class Likeness:
    """What a route's near questions are matched by; `judge` says whether two answers agree.

    `second` is the encoder that is asked about what the rules have let through, None where there is none.
    """

    terms: Terms
    judge: Judge
    embedder: Embedder
    deadline_seconds: float = 0.02
    second: Embedder | None = None

    @property
    def ground(self) -> object:
        """What a matching stands on, so that it begins anew where that has changed."""
        return self.terms, self.embedder, self.second


class Rates(Protocol):
    """Folds in a word on an answer, `is_this` telling the entry that it speaks of."""

    def __call__(self, rating: Rating, *, is_this: Callable[[Entry], bool]) -> bool:
        """Whether the answer was dropped for it."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What the loop has that a semantic hit stands on; `is_flying` tells whether a call of a key is under way.

    `appraise` adds to a miss what its call is expected to cost, where its route's multiplexer wants to know.
    """

    engine: Engine
    store: Store
    weights: Callable[[str], Weights]
    is_flying: Callable[[Key], bool]
    look: Callable[[Errand], Hit | Miss]
    appraise: Callable[[Errand, Miss], Awaitable[Miss]]
    rate: Rates
    monotonic: Callable[[], float]
    chance: Random
