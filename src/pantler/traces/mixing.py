"""A one-to-one map of 64-bit integers that looks like chance: SplitMix64's finaliser (Steele, Lea, Flood 2014)."""

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15


def mixed(values: NDArray[np.uint64], *, seed: int) -> NDArray[np.uint64]:
    """uint64 (n,): distinct values stay distinct; another seed, another map."""
    bits = values + np.uint64((seed + 1) * _GOLDEN % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))
