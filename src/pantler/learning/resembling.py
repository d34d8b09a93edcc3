"""At what queries a newcomer errs as which of the known models do, learned of its own answers.

    added to its log-odds   w . c,      c_k = z_k - the mean of all z      z_k: a known model's log-odds, as appraised
    w ~ Normal(0, S), moved by each label y as Laplace's approximation has it:
        w += S c (y - p) / (1 + h v),   S -= h S c c' S / (1 + h c' S c),   h = p (1 - p)

v is the variance of its log-odds from all sources. That a query is hard for all models is told by its siblings.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_Learned = tuple[bytes, bytes]


class Resembling:
    """Of the models at the places `newcomers`, by what is said of those at `known`, each weight being 0 ± `doubt`."""

    def __init__(self, known: Sequence[int], newcomers: Sequence[int], doubt: float) -> None:
        self._known = list(known)
        width = len(self._known) if len(self._known) > 1 and doubt > 0.0 else 0
        self._learned = {place: (np.zeros(width), np.eye(width) * doubt**2.0) for place in newcomers if width}

    def __iter__(self) -> Iterator[int]:
        """The places of those of whom something can be learned."""
        return iter(self._learned)

    def added(self, place: int, said: Array) -> float:
        """What is added to a newcomer's log-odds where all models were appraised as `said`."""
        return float(self._learned[place][0] @ self._contrasts(said))

    def doubt(self, place: int, said: Array) -> float:
        """The variance of that, 0 for any other model."""
        if place not in self._learned:
            return 0.0
        contrasts = self._contrasts(said)
        return float(contrasts @ self._learned[place][1] @ contrasts)

    def learn(self, place: int, said: Array, step: float, slope: float) -> None:
        """One more label of a model: (y - p) / (1 + h v), and h."""
        if place not in self._learned:
            return
        weights, spread = self._learned[place]
        contrasts = self._contrasts(said)
        by = spread @ contrasts
        less = slope / (1.0 + slope * float(contrasts @ by))
        self._learned[place] = weights + step * by, spread - less * np.outer(by, by)

    def snapshot(self, models: Sequence[str]) -> Any:
        """By the names of the models, whose order that is."""
        known = [models[place] for place in self._known]
        found = {
            models[place]: (weights.tobytes(), spread.tobytes()) for place, (weights, spread) in self._learned.items()
        }
        return [known, found]

    def restore(self, kept: Any, models: Sequence[str]) -> None:
        """Take up what `snapshot` gave, of those that are newcomers still among the same known models."""
        known, learned = msgspec.convert(kept, tuple[list[str], dict[str, _Learned]])
        if known == [models[place] for place in self._known]:
            self._take_up({models.index(name): each for name, each in learned.items() if name in models})

    def _take_up(self, learned: Mapping[int, _Learned]) -> None:
        width = len(self._known)
        for place, (weights, spread) in learned.items():
            if (len(weights), len(spread)) != (8 * width, 8 * width * width):
                raise msgspec.ValidationError("these resemblances are not as they were written")
            if place in self._learned:
                self._learned[place] = np.frombuffer(weights), np.frombuffer(spread).reshape(width, width)

    def _contrasts(self, said: Array) -> Array:
        known = said[self._known]
        found: Array = known - known.mean()
        return found
