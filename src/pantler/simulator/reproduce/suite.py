"""The seventy-two cells of the paper's synthetic tables.

Model 1 is the dear model asked alone (`large` in the authors' artifact). Model 2 is the cheap one (`cascade` there,
although the synthetic suite has no cascade penalty).
"""

from enum import IntEnum
from itertools import product
from typing import Final, NamedTuple

QUERIES: Final = 20
CAPACITY: Final = 8
ROUNDS: Final = 10_000
ALPHAS: Final = (0.5, 0.8)
RATIOS: Final = (1.5, 100.0)


class Selector(IntEnum):
    """Who decides which model answers a miss."""

    LARGE = 0
    CASCADE = 1
    CHOICE = 2


class Strategy(NamedTuple):
    """A cache ranking together with a selector."""

    name: str
    weighs_cost: bool
    selector: Selector


class Setting(NamedTuple):
    """One row of the synthetic tables."""

    scenario: str
    alpha: float
    ratio: float
    accuracy: float


def strategies(large: str, cascade: str) -> tuple[Strategy, ...]:
    """Return the paper's six strategies under the names that a table gives its two models."""
    rankings = (("LFU", False), ("LEC", True))
    selectors = ((large, Selector.LARGE), (cascade, Selector.CASCADE), ("sel", Selector.CHOICE))
    return tuple(
        Strategy(f"{ranking}+{model}", weighs_cost, selector)
        for (ranking, weighs_cost), (model, selector) in product(rankings, selectors)
    )


STRATEGIES: Final = strategies("m1", "m2")
SETTINGS: Final = tuple(
    Setting(scenario, alpha, ratio, accuracy)
    for (scenario, accuracy), ratio, alpha in product(
        (("offline", 0.8), ("offline", 1.0), ("online", 1.0)), RATIOS, ALPHAS
    )
)
