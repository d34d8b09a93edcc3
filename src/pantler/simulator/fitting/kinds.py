"""How each kind of appraiser is fitted to labels, and the settings that cross-validation chooses among."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.neighbours import Neighbours
from pantler.appraisers.rates import Rates, pooled
from pantler.appraisers.vectors import Vectors
from pantler.appraisers.words import Words
from pantler.core.seams import Appraiser
from pantler.core.traits import Traits
from pantler.indexes.bits import Bits
from pantler.simulator.fitting.categories import centres
from pantler.simulator.fitting.logistic import Dense, Looseness, fitted
from pantler.simulator.fitting.sparse import rows
from pantler.texts.words import PLACES

Array = NDArray[np.float32]
SURFACE_SHARE = np.float32(0.1)  # how much the surface's numbers count beside a vector of length 1
PER_CATEGORY = 60  # queries for each category that is told apart
MOST_CATEGORIES = 64
SHORTLIST = 4  # slots scored exactly for each neighbour asked for


@dataclass(frozen=True)
class Labelled:
    """Traits of n queries with their labels (n, models), the chance that an answer is wrong.

    `counts` (n, models) is how much each label counts, 0 where there is none; all alike where None. `queries` (n,) are
    numbers from 0 on, the same for rows that ask the same; None where none is held to.
    """

    traits: Sequence[Traits]
    labels: Array
    counts: Array | None = None
    queries: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, chosen: NDArray[np.intp]) -> "Labelled":
        """The chosen queries, in that order."""
        counts = None if self.counts is None else self.counts[chosen]
        queries = None if self.queries is None else self.queries[chosen]
        return Labelled([self.traits[row] for row in chosen], self.labels[chosen], counts, queries)

    @property
    def rates(self) -> Array:
        """Each model's, with one more label of one half, so that it is never 0 or 1."""
        heard = np.ones_like(self.labels) if self.counts is None else self.counts
        sums, numbers = (heard * self.labels).sum(axis=0), heard.sum(axis=0)
        found: Array = ((sums + 0.5) / (numbers + 1.0)).astype(np.float32)
        return found


def words(known: Labelled, setting: Looseness) -> Words:
    """Words that came in one query only tell nothing of others and are left out."""
    seen = np.zeros(PLACES)
    for each in known.traits:
        seen[each.words] += 1
    rarity = np.where(seen > 1, np.log((1.0 + len(known)) / (1.0 + seen)) + 1.0, 0.0).astype(np.float32)
    surface, centre, scale = _surface(known.traits)
    kept = [each.words[rarity[each.words] > 0.0] for each in known.traits]
    shares = [rarity[places] / max(float(np.linalg.norm(rarity[places])), 1e-9) for places in kept]
    of_surface = np.arange(PLACES, PLACES + surface.shape[1])
    places = [np.concatenate([each, of_surface]) for each in kept]
    values = [np.concatenate(pair) for pair in zip(shares, SURFACE_SHARE * surface, strict=True)]
    line = fitted(rows(places, values, PLACES + surface.shape[1]), known.labels, setting, known.counts)
    return Words(rarity, line.weights[:PLACES], centre, scale, SURFACE_SHARE * line.weights[PLACES:], line.bias)


def vectors(known: Labelled, setting: Looseness) -> Vectors:
    """The vectors as they are, beside the surface."""
    surface, centre, scale = _surface(known.traits)
    vector = np.stack([each.vector for each in known.traits])
    line = fitted(Dense(np.hstack([vector, SURFACE_SHARE * surface])), known.labels, setting, known.counts)
    split = vector.shape[1]
    return Vectors(line.weights[:split], centre, scale, SURFACE_SHARE * line.weights[split:], line.bias)


def rates(known: Labelled, setting: float) -> Rates:
    """As many categories as there are queries for."""
    vector = np.stack([each.vector for each in known.traits])
    count = min(MOST_CATEGORIES, max(1, len(known) // PER_CATEGORY))
    found = centres(vector, count)
    nearest = np.argmax(vector @ found.T, axis=1)
    return Rates(found, pooled(known.labels, nearest, count, setting))


def neighbours(known: Labelled, setting: int) -> Neighbours:
    """All queries that are known, in an index."""
    index = Bits(len(known.traits[0].vector), shortlist=SHORTLIST * setting)
    for row, each in enumerate(known.traits):
        index.add(row, each.vector)
    return Neighbours(index, known.labels, known.rates, setting)


def _surface(traits: Sequence[Traits]) -> tuple[Array, Array, Array]:
    """Centred and scaled, with what by."""
    surface = np.stack([each.surface for each in traits])
    centre, scale = surface.mean(axis=0), surface.std(axis=0) + np.float32(1e-6)
    return (surface - centre) / scale, centre, scale


class Fit(Protocol):
    """Fits one kind to what is known, by a setting."""

    def __call__(self, known: Labelled, setting: Any) -> Appraiser: ...


@dataclass(frozen=True)
class Kind:
    """A way of fitting with the settings that may be chosen."""

    name: str
    fit: Fit
    settings: tuple[Any, ...]


KINDS = (
    Kind("rates", rates, (30.0,)),
    Kind("words", words, (Looseness(0.3, 0.3), Looseness(1.0, 1.0))),
    Kind("vectors", vectors, (Looseness(0.1, 0.03), Looseness(0.1, 0.1), Looseness(0.3, 0.3))),
    Kind("neighbours", neighbours, (50, 100, 200)),
)
