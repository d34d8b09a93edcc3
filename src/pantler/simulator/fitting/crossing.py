"""What appraisers say of queries that they were not fitted to: predictions across folds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pantler.core.seams import Appraiser
from pantler.simulator.fitting.kinds import Labelled

Array = NDArray[np.float32]
FOLDS = 3


def said(appraiser: Appraiser, known: Labelled) -> Array:
    """(n, models): what it says of each query, one at a time as in service."""
    return np.stack([appraiser.wrong(each) for each in known.traits])


def crossed(fit: Callable[[Labelled], Appraiser], known: Labelled, seed: int = 0) -> Array:
    """(n, models): what is said of each query by an appraiser fitted to the other folds, where none asks the same."""
    asked = np.arange(len(known)) if known.queries is None else np.unique(known.queries, return_inverse=True)[1]
    fold = (np.random.default_rng(seed).permutation(int(asked.max()) + 1) % FOLDS)[asked]
    found = np.empty_like(known.labels)
    for number in range(FOLDS):
        held = np.flatnonzero(fold == number)
        found[held] = said(fit(known.rows(np.flatnonzero(fold != number))), known.rows(held))
    return found
