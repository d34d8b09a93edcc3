"""The chance that a stored answer is wrong: one model for all entries, moved a little by what each has shown.

logit P(wrong) = x b + o_e + sum_w o_w / sqrt(|w|); x the features of the pair, scaled, b as fitted around the prior,
o_e the offset of the entry e, and o_w those of the words that only one of the two texts has: some words are harmless
beside any entry, and some never are.
"""

from collections.abc import Hashable
from math import exp, sqrt
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.packing import packed
from pantler.matching.logistic import FAR, Labels, fit
from pantler.matching.offsets import Offsets
from pantler.matching.prior import Pretrained
from pantler.matching.wording import Wording

MOST_LABELS = 4096
FEWEST_NEW = 25
STEPS = 6
SPREAD = 0.5  # variance of the offsets, of entries and of words alike
MOST_WEIGHT = 4.0  # of one audited hit, which stands for more but may not outweigh them all


class State(msgspec.Struct, frozen=True, array_like=True):
    """What labels have taught: arrays as their bytes, the offsets by packed key."""

    coefficients: bytes
    rows: bytes
    wrong: bytes
    weights: bytes
    labels: int
    next_fit: int
    offsets: list[tuple[bytes, float, float]]
    words: list[tuple[str, float, float]] = []


class Pair(NamedTuple):
    """The features of a pair on the prior's scale, a 1 behind them, and the words that only one of the two has."""

    row: NDArray[np.float64]
    apart: tuple[str, ...] = ()


class Belief:
    """Fitted anew once labels have grown by a twentieth; the oldest beyond MOST_LABELS make room."""

    def __init__(self, prior: Pretrained, *, lies: float = 0.0) -> None:
        self.prior = prior
        self.lies = lies
        self.coefficients = prior.mean.copy()
        self._rows = np.zeros((MOST_LABELS, len(prior.mean)), np.float32)
        self._wrong = np.zeros(MOST_LABELS, np.float32)
        self._weights = np.zeros(MOST_LABELS, np.float32)
        self.labels = 0
        self._next_fit = 2 * FEWEST_NEW
        self._entries, self._words = Offsets(SPREAD), Offsets(SPREAD)

    def pair(self, features: NDArray[np.float64], asked: Wording, stored: Wording) -> Pair:
        """A pair as the belief weighs it."""
        return Pair(self.prior.scaled(features), tuple(sorted(set(asked.words).symmetric_difference(stored.words))))

    def wrong(self, pair: Pair, key: Hashable) -> float:
        """The chance that the answer of `key` is wrong."""
        logit = float(pair.row @ self.coefficients) + self._entries.of(key)
        if pair.apart:
            logit += sum(map(self._words.of, pair.apart)) / sqrt(len(pair.apart))
        return 1.0 / (1.0 + exp(-max(-FAR, min(FAR, logit))))

    def learn(self, pair: Pair, key: Hashable, wrong: bool, weight: float = 1.0) -> None:
        """Fold in one label that stands for `weight` others like it."""
        chance = self.wrong(pair, key)
        place = self.labels % MOST_LABELS
        self._rows[place], self._wrong[place], self._weights[place] = pair.row, wrong, min(weight, MOST_WEIGHT)
        self.labels += 1
        seen = self.lies + (1.0 - 2.0 * self.lies) * chance
        moved, known = (1.0 - 2.0 * self.lies) * (wrong - seen), chance * (1.0 - chance)
        self._entries.move(key, moved, known)
        for word in pair.apart:
            self._words.move(word, moved, known)
        if self.labels >= self._next_fit:
            self.refit()

    def demote(self, key: Hashable) -> None:
        """Somebody said that the entry was wrong: hold it for likely wrong until labels say otherwise."""
        self._entries.demote(key)

    def forget(self, key: Hashable) -> None:
        """The entry has left; what its labels told of all stays."""
        self._entries.forget(key)

    def refit(self) -> None:
        """Fit the shared coefficients to the labels kept."""
        self._next_fit = self.labels + max(FEWEST_NEW, min(self.labels, MOST_LABELS) // 20)
        kept = min(self.labels, MOST_LABELS)
        labels = Labels(*(part[:kept].astype(np.float64) for part in (self._rows, self._wrong, self._weights)))
        self.coefficients = fit(labels, self.prior.belief, self.coefficients, lies=self.lies, steps=STEPS)

    def snapshot(self) -> State:
        """What it has learned."""
        kept = min(self.labels, MOST_LABELS)
        return State(
            coefficients=self.coefficients.tobytes(),
            rows=self._rows[:kept].tobytes(),
            wrong=self._wrong[:kept].tobytes(),
            weights=self._weights[:kept].tobytes(),
            labels=self.labels,
            next_fit=self._next_fit,
            offsets=[(packed(key), moved, known) for key, moved, known in self._entries.items()],
            words=[(str(word), moved, known) for word, moved, known in self._words.items()],
        )

    def restore(self, state: State) -> None:
        """Take up what `snapshot` gave; raises ValueError where the arrays are not as long as they should be."""
        count, width = min(state.labels, MOST_LABELS), len(self.prior.mean)
        rows = np.frombuffer(state.rows, np.float32).reshape(count, width)
        wrong, weights = (np.frombuffer(part, np.float32).reshape(count) for part in (state.wrong, state.weights))
        self.coefficients = np.frombuffer(state.coefficients, np.float64).reshape(width).copy()
        self._rows[:count], self._wrong[:count], self._weights[:count] = rows, wrong, weights
        self.labels, self._next_fit = state.labels, state.next_fit
        self._entries.restore((int.from_bytes(key), moved, known) for key, moved, known in state.offsets)
        self._words.restore(state.words)
