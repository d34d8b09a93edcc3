"""How likely an answer is to be wrong by what it shows.

    P(m is wrong | x) = s( b_m + x . w ),    x: the signs, centred and scaled, 0 where one is missing

An answer of log-odds z is kept as a score of s(stop - z): from one half on, keeping it costs no more than asking on.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from pantler.texts.showing import Sign

Array = NDArray[np.float32]
FAR = 30.0  # log-odds, beyond which a score does not tell


@dataclass(frozen=True)
class Signs:
    """`weights`, `centre` and `scale` (signs,); `bias` (models,) in the order of the file; `stop` (1,), log-odds."""

    weights: Array
    centre: Array
    scale: Array
    bias: Array
    stop: Array

    def odds(self, place: int, sign: Sign) -> float:
        """The log-odds that this answer of the model at `place` is wrong."""
        return float(self.bias[place] + scaled(np.array(sign), self.centre, self.scale) @ self.weights)

    def score(self, place: int, sign: Sign) -> float:
        """From 0 to 1; one half where keeping the answer costs as much as asking on."""
        return 1.0 / (1.0 + exp(min(FAR, max(-FAR, self.odds(place, sign) - float(self.stop[0])))))


def scaled(
    signs: NDArray[np.float64], centre: NDArray[np.floating], scale: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(answers, signs), 0 where one is missing."""
    found: NDArray[np.float64] = np.nan_to_num((signs - centre) / scale)
    return found
