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
from pantler.matching.features import NAMES, SECONDED
from pantler.matching.logistic import Prior

FILE, SECONDED_FILE = "prior.json", "prior_minilm.json"
FARTHEST = 5.0  # spreads from the centre that a feature may count for
ALL = "all"


@dataclass(frozen=True)
class Pretrained:
    """Features' centres and scales (k,), coefficients and their variances (k + 1,) with those of the constant last.

    The variances are those among the sets that the prior was fitted to: what one more of them may differ by.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    mean: NDArray[np.float64]
    variances: NDArray[np.float64]

    def scaled(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., k) features as rows (..., k + 1)."""
        ones = np.ones((*features.shape[:-1], 1))
        rows = np.clip((features - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return np.concatenate([rows, ones], axis=-1)

    @property
    def is_seconded(self) -> bool:
        """Whether it weighs what a second encoder says."""
        return len(self.centre) > len(NAMES)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features, in their order."""
        return SECONDED if self.is_seconded else NAMES

    @cached_property
    def fingerprint(self) -> int:
        """Tells this prior and its features from others, for what was learned upon it fits no other."""
        numbers = np.concatenate([self.centre, self.scale, self.mean]).tobytes()
        return crc32(numbers, crc32(" ".join(self.names).encode()))

    @cached_property
    def belief(self) -> Prior:
        """As the fit wants it."""
        return Prior(self.mean, 1.0 / self.variances)


def pretrained(unseen: str | None = None, *, seconded: bool = False) -> Pretrained:
    """The shipped prior, or that which has not seen the set `unseen`; `seconded`, the one with a second encoder."""
    kept = _kept(SECONDED_FILE if seconded else FILE)
    name = ALL if unseen is None else f"without {unseen}"
    if name not in kept["coefficients"]:
        raise UnknownPart("prior", name, list(kept["coefficients"]))
    mean, variances = kept["coefficients"][name], kept["variances"][name]
    return Pretrained(*(np.array(part) for part in (kept["centre"], kept["scale"], mean, variances)))


def sets_seen() -> dict[str, frozenset[int]]:
    """For each set that the prior was fitted to, the CRC-32 of a sample of its texts (those divisible by 64)."""
    return {name: frozenset(sums) for name, sums in _kept(FILE)["seen"].items()}


@cache
def _kept(file: str) -> dict[str, Any]:  # one JSON object, checked by the test of the training script
    kept: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath(file).read_bytes())
    return kept
