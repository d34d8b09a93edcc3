"""Kinds of query, found by their vectors: k-means on the sphere, begun from queries far apart (k-means++)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
ROUNDS = 15


def centres(vectors: Array, count: int, seed: int = 0) -> Array:
    """(count, dimensions), each of length 1: the mean directions of the parts into which vectors of length 1 fall."""
    rng = np.random.default_rng(seed)
    found = vectors[_apart(vectors, count, rng)]
    for _ in range(ROUNDS):
        nearest = np.argmax(vectors @ found.T, axis=1)
        sums = np.zeros_like(found)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        found = np.where(lengths > 0.0, sums / np.maximum(lengths, 1e-9), found)
    return found


def _apart(vectors: Array, count: int, rng: np.random.Generator) -> list[int]:
    chosen = [int(rng.integers(len(vectors)))]
    distance = np.full(len(vectors), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.maximum(1.0 - vectors @ vectors[chosen[-1]], 0.0))
        total = distance.sum()
        chosen.append(
            int(rng.choice(len(vectors), p=distance / total)) if total > 0.0 else int(rng.integers(len(vectors)))
        )
    return chosen
