"""What near questions are matched by, and what of the live loop a match stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.seams import Embedder, Judge, Store
from pantler.core.types import Key, Miss
from pantler.live.circles import Terms
from pantler.live.errands import Errand, Hit


@dataclass(frozen=True)
class Likeness:
    """What a route's near questions are matched by; `judge` says whether two answers agree."""

    terms: Terms
    judge: Judge
    embedder: Embedder
    deadline_seconds: float = 0.02


@dataclass(frozen=True)
class Surroundings:
    """What the loop has that a semantic hit stands on; `is_flying` tells whether a call of a key is under way."""

    engine: Engine
    store: Store
    weights: Callable[[str], Weights]
    is_flying: Callable[[Key], bool]
    look: Callable[[Errand], Hit | Miss]
    monotonic: Callable[[], float]
    chance: Random
