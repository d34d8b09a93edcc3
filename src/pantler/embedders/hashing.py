"""Hashed words and letter groups: vectors that need no package and no weights.

Each feature f of a text falls on place h(f) mod d with the sign of another bit of h(f) (Weinberger et al. 2009),
weighed 1 + log(count); v is scaled to length 1. Features are the lower-case words and the groups of 3 to 5 letters in
" word ".
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError

_WORD = re.compile(r"\w+")
GROUPS = (3, 4, 5)


class Hashing:
    """As many numbers for a text as `dimensions` says, a power of two; it knows spelling and no meaning."""

    def __init__(self, *, dimensions: int = 256) -> None:
        if dimensions < 8 or dimensions & (dimensions - 1):
            raise ConfigError(f"{dimensions} dimensions are no power of two from 8 on; give 256, say")
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for place, text in enumerate(texts):
            self._add(vectors[place], text)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0.0)
        return vectors

    def _add(self, vector: NDArray[np.float32], text: str) -> None:
        counts = Counter(features(text))
        if not counts:
            return
        hashes = np.fromiter((crc32(feature) for feature in counts), np.uint32, len(counts))
        weights = 1.0 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))
        signs = np.where(hashes >> 31, -1.0, 1.0)
        np.add.at(vector, hashes & np.uint32(self.dimensions - 1), signs * weights)


def features(text: str) -> Iterator[bytes]:
    """The words of a text, and the groups of letters in them."""
    for word in _WORD.findall(text.casefold()):
        padded = f" {word} ".encode()
        yield padded
        for length in GROUPS:
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
