"""What each trait of texts is worth to a fit, and which look as if something were wrong with them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.fitting.across import Across, loss
from pantler.simulator.fitting.kinds import Labelled
from pantler.texts.surface import NAMES

Array = NDArray[np.float64]
FLATTERED = "figures across folds flatter, leave the copies out"
APART = "all of one text are of one fold, and tell no more than one whether a gain is sure"
TOO_GOOD = 0.9  # correlation with the label beyond which a look of the text all but tells it


@dataclass(frozen=True)
class OfKind:
    """A kind of appraiser: its weight in the mean, and the log-loss of its own word; the mean and the rates too."""

    name: str
    weight: float
    log_loss: float


@dataclass(frozen=True)
class OfSurface:
    """A number of the surface: its correlation with how wrong answers are; `doubt` says what is odd about it."""

    name: str
    correlation: float
    doubt: str = ""


def of_kinds(said: Across) -> list[OfKind]:
    """Each alone, then all together, then the models' own rates without any text."""
    pairs = zip(said.alone.items(), said.shares, strict=True)
    alone = [OfKind(name, float(share), loss(each, said.labels)) for (name, each), share in pairs]
    together = OfKind("all together", 1.0, loss(said.chances, said.labels))
    return [*alone, together, OfKind("rates alone", 0.0, loss(said.by_rates, said.labels))]


def of_surface(known: Labelled) -> list[OfSurface]:
    """In the order in which a text is looked at."""
    surface = np.stack([each.surface for each in known.traits]).astype(float)
    counts = np.ones_like(known.labels) if known.counts is None else known.counts
    wrong = (counts * known.labels).sum(axis=1) / np.maximum(counts.sum(axis=1), 1e-9)
    return [_of_number(name, numbers, wrong) for name, numbers in zip(NAMES, surface.T, strict=True)]


def repeated(texts: Sequence[str], hence: str = FLATTERED) -> list[str]:
    """A line where texts come more than once, and what follows: FLATTERED where a fold has both sides of it."""
    more = sum(count - 1 for count in Counter(texts).values())
    if not more:
        return []
    return [f"{more} of {len(texts)} texts have come before: {hence}"]


def _of_number(name: str, numbers: Array, wrong: Array) -> OfSurface:
    if np.ptp(numbers) == 0.0 or np.ptp(wrong) == 0.0:  # of which no correlation can be told
        return OfSurface(name, 0.0)
    correlation = float(np.corrcoef(numbers, wrong)[0, 1])
    if abs(correlation) > TOO_GOOD:
        return OfSurface(name, correlation, "it all but tells what is wrong; is the answer, or the grade, in the text?")
    return OfSurface(name, correlation)
