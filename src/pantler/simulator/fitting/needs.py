"""How much a fit has gained by its last queries: the same fit to a quarter and to half of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pantler.simulator.fitting.across import Across, across, loss
from pantler.simulator.fitting.crossing import FOLDS
from pantler.simulator.fitting.kinds import Labelled

SHARES = (0.25, 0.5)
FEWEST = 60  # queries below which a part is not fitted to


@dataclass(frozen=True)
class Need:
    """So many queries, with the log-loss of what was said across folds, and of the models' own rates alone."""

    queries: int
    log_loss: float
    by_rates: float


def needs(known: Labelled, chosen: Mapping[str, Any], whole: Across) -> list[Need]:
    """The fewest first, all of them, of which `whole` was said, last; parts that are too few to fit to are left out."""
    order = np.random.default_rng(0).permutation(len(known))
    found = []
    for share in SHARES:
        count = round(share * len(known))
        if count >= max(FEWEST, FOLDS):
            found.append(_need(count, across(known.rows(np.sort(order[:count])), chosen)))
    return [*found, _need(len(known), whole)]


def _need(queries: int, said: Across) -> Need:
    return Need(queries, loss(said.chances, said.labels), loss(said.by_rates, said.labels))
