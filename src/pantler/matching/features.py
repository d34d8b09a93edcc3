"""What tells a pair that means the same from one that only looks alike, as numbers.

A word's rarity is log((n + 1) / (d + 1/2)) / log(n + 2), n texts seen and d of them with the word, so that it lies near
0 for a word of every text and near 1 for one that is new.
"""

from collections import Counter
from collections.abc import Iterable
from math import log

import numpy as np
from numpy.typing import NDArray

from pantler.matching.kinds import WIDEST_GAP, Company
from pantler.matching.wording import Wording

NAMES = (
    "cosine", "closeness", "gap", "letters", "content", "pairs", "content_pairs", "numbers_differ",
    "negations_differ", "names_apart", "question_differs", "reordered", "rare_share", "rare_sum", "rarest",
    "rarest_asked", "rarest_stored", "swapped", "length_ratio", "sharp_apart", "asked_words", "both_short",
    "kin", "strangers", "rival_gap", "kin_share",
)  # fmt: skip
SECONDED = (*NAMES, "second_cosine", "second_gap")  # where a second encoder is asked
CLOSEST = 1e-3
MOST_WORDS = 50_000  # counted; beyond it all counts are halved, and the words that came once are forgotten


class Rarity:
    """How rare words are among the texts seen so far."""

    def __init__(self) -> None:
        self.texts = 0
        self.counts: Counter[str] = Counter()

    def see(self, wording: Wording) -> None:
        """Count one more text."""
        self.texts += 1
        self.counts.update(wording.content)
        if len(self.counts) > MOST_WORDS:
            self.texts //= 2
            self.counts = Counter({word: count // 2 for word, count in self.counts.items() if count > 1})

    def of(self, words: Iterable[str]) -> list[float]:
        """The rarity of each word."""
        top, scale = log(self.texts + 1.0), log(self.texts + 2.0)
        counts = self.counts
        return [(top - log(counts[word] + 0.5)) / scale for word in words]


def features(asked: Wording, stored: Wording, cosine: float, company: Company, rarity: Rarity) -> NDArray[np.float64]:
    """Float64 (len(NAMES),) of a pair, and of the company that the stored one is in."""
    here, there = asked.content - stored.content, stored.content - asked.content
    rare_here, rare_there = rarity.of(here), rarity.of(there)
    apart = sum(rare_here) + sum(rare_there)
    shared = sum(rarity.of(asked.content & stored.content))
    most_here, most_there = max(rare_here, default=0.0), max(rare_there, default=0.0)
    reordered = not here and not there and asked.sequence != stored.sequence
    fewest = min(len(asked.content), len(stored.content))
    return np.array(
        [
            cosine,
            -log(max(1.0 - cosine, CLOSEST)),
            company.gap,
            _overlap(asked.groups, stored.groups),
            _overlap(asked.content, stored.content),
            _overlap(asked.pairs, stored.pairs),
            _overlap(asked.content_pairs, stored.content_pairs),
            asked.numbers != stored.numbers,
            asked.negations != stored.negations,
            len(asked.names ^ stored.names),
            asked.question != stored.question,
            reordered,
            apart / (apart + shared) if apart else 0.0,
            apart,
            max(most_here, most_there),
            most_here,
            most_there,
            most_here * most_there,
            abs(log((asked.length + 1.0) / (stored.length + 1.0))),
            len(asked.sharp ^ stored.sharp),
            log(1.0 + len(asked.content)),
            log(1.0 + fewest),
            company.kin,
            company.strangers,
            company.rival_gap,
            company.kin_share,
        ],
        np.float64,
    )


def seconded(made: NDArray[np.float64], cosine: float, gap: float) -> NDArray[np.float64]:
    """Float64 (len(SECONDED),): features, and behind them what a second encoder makes of the same pair."""
    return np.append(made, (cosine, min(gap, WIDEST_GAP)))


def _overlap(one: frozenset[object], other: frozenset[object]) -> float:
    both = len(one & other)
    either = len(one) + len(other) - both
    return both / either if either else 1.0
