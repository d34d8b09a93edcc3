"""Outcomes as a stream of requests that come once each, and what may change on the way.

From `BREAK` of the stream on: the model that the frozen multiplexer asks most becomes DEARER times as dear, or spoils
SPOILT of its answers, or was not there before.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BREAK = 1 / 3
DEARER = 5.0
SPOILT = 0.3
SCENARIOS = ("steady", "dearer", "spoilt", "newcomer")


@dataclass(frozen=True)
class Stream:
    """n queries by m models, in the order in which they come.

    `expected` and `costs` are in nano-dollars, `wrong` what was appraised before and `labels` what came, `vectors`
    (n, d) those of the texts. `absent` is the place of a model that is not there before `broken`, -1 for none.
    """

    models: tuple[str, ...]
    reference: int
    value: float  # of one wrong answer, nano-dollars
    expected: Array
    costs: Array
    wrong: Array
    labels: Array
    vectors: NDArray[np.float32]
    broken: int = 0
    absent: int = -1

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def values(self) -> Array:
        """(n, m): cost and penalty of each model's answer."""
        return self.costs + self.value * self.labels

    def shuffled(self, seed: int) -> "Stream":
        """The same queries in another order."""
        order = np.random.default_rng(seed).permutation(len(self))
        by_query = ("expected", "costs", "wrong", "labels", "vectors")
        return replace(self, **{name: getattr(self, name)[order] for name in by_query})

    def changed(self, scenario: str, seed: int) -> "Stream":
        """With one of the scenarios in it."""
        broken = int(BREAK * len(self))
        favourite = int(np.argmax(np.bincount(self.frozen(), minlength=len(self.models))))
        after = np.arange(len(self)) >= broken
        match scenario:
            case "dearer":
                costs = self.costs.copy()
                costs[after, favourite] *= DEARER
                return replace(self, costs=costs, broken=broken)
            case "spoilt":
                labels = self.labels.copy()
                labels[after & (np.random.default_rng(seed).random(len(self)) < SPOILT), favourite] = 1.0
                return replace(self, labels=labels, broken=broken)
            case "newcomer":
                reference = self.reference
                if reference == favourite:
                    right = np.delete(self.labels.mean(axis=0), favourite)
                    reference = int(np.delete(np.arange(len(self.models)), favourite)[np.argmin(right)])
                return replace(self, broken=broken, absent=favourite, reference=reference)
            case _:
                return replace(self, broken=broken)

    def frozen(self) -> NDArray[np.intp]:
        """(n,): what would be asked by the appraisals as they are, of the models that were fitted."""
        costs = self.expected + self.value * self.wrong
        if self.absent >= 0:
            costs[:, self.absent] = np.inf
        found: NDArray[np.intp] = np.argmin(costs, axis=1)
        return found
