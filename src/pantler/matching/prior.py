"""What is believed of errors before anything was seen here: the coefficients that come with the package."""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import UnknownPart
from pantler.matching.features import NAMES
from pantler.matching.logistic import Prior

FILE = "prior.json"
PRECISION = 2.0
FARTHEST = 5.0  # spreads from the centre that a feature may count for
ALL = "all"


@dataclass(frozen=True)
class Pretrained:
    """Features' centres and scales (k,), coefficients (k + 1,) with that of the constant last."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    mean: NDArray[np.float64]
    precision: float = PRECISION

    def scaled(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., k) features as rows (..., k + 1)."""
        ones = np.ones((*features.shape[:-1], 1))
        rows = np.clip((features - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return np.concatenate([rows, ones], axis=-1)

    @cached_property
    def fingerprint(self) -> int:
        """Tells this prior and its features from others, for what was learned upon it fits no other."""
        numbers = np.concatenate([self.centre, self.scale, self.mean]).tobytes()
        return crc32(numbers, crc32(" ".join(NAMES).encode()))

    @cached_property
    def belief(self) -> Prior:
        """As the fit wants it; the constant is believed less firmly."""
        precision = np.full(len(self.mean), self.precision)
        precision[-1] /= 4.0
        return Prior(self.mean, precision)


def untrained() -> Pretrained:
    """A prior that has seen nothing: every coefficient 0, the features as they are."""
    return Pretrained(np.zeros(len(NAMES)), np.ones(len(NAMES)), np.zeros(len(NAMES) + 1), 1.0)


def pretrained(unseen: str | None = None) -> Pretrained:
    """The shipped prior, or that which has not seen the set `unseen`."""
    kept = _kept()
    name = ALL if unseen is None else f"without {unseen}"
    if name not in kept["coefficients"]:
        raise UnknownPart("prior", name, list(kept["coefficients"]))
    centre, scale, mean = kept["centre"], kept["scale"], kept["coefficients"][name]
    return Pretrained(np.array(centre), np.array(scale), np.array(mean))


def sets_seen() -> dict[str, frozenset[int]]:
    """For each set that the prior was fitted to, the CRC-32 of a sample of its texts (those divisible by 64)."""
    return {name: frozenset(sums) for name, sums in _kept()["seen"].items()}


@cache
def _kept() -> dict[str, Any]:  # one JSON object, checked by the test of the training script
    kept: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath(FILE).read_bytes())
    return kept
