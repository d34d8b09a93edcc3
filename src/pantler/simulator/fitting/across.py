"""What is said of each label by what was fitted to the other folds: each kind alone, weighed and calibrated."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.simulator.fitting.crossing import crossed
from pantler.simulator.fitting.isotonic import rising
from pantler.simulator.fitting.kinds import KINDS, Labelled
from pantler.simulator.fitting.weighing import weights

Array = NDArray[np.float32]
LEAST = 1e-3


@dataclass(frozen=True)
class Across:
    """What was said across folds of each label that there is: (labels,) each, with the model that it is of.

    `alone` is by kind, `shares` the weight of each kind in the mean.
    """

    models: NDArray[np.intp]
    labels: Array
    by_rates: Array
    chances: Array
    alone: dict[str, Array]
    shares: Array
    curves: list[tuple[Array, Array]]


def across(known: Labelled, chosen: Mapping[str, Any]) -> Across:
    """By the kinds named, each with the setting chosen for it; weighed and calibrated on what they said."""
    heard = np.ones(known.labels.shape, bool) if known.counts is None else known.counts > 0.0
    rows, models = np.nonzero(heard)
    labels, rates = known.labels[rows, models], known.rates
    fits = {kind.name: kind.fit for kind in KINDS}
    alone = {name: crossed(partial(fits[name], setting=each), known)[rows, models] for name, each in chosen.items()}
    shares = weights([each[:, None] for each in alone.values()], labels[:, None], rates[models][:, None])
    base = odds(rates)[models]
    total = base + sum(share * (odds(each) - base) for share, each in zip(shares, alone.values(), strict=True))
    curves = [rising(total[models == place], labels[models == place]) for place in range(len(rates))]
    chances = np.zeros_like(total)
    for place, curve in enumerate(curves):
        chances[models == place] = np.interp(total[models == place], *curve)
    return Across(models, labels, rates[models], chances, alone, shares, curves)


def loss(chances: NDArray[np.floating], labels: NDArray[np.floating]) -> float:
    """Mean log-loss; chances are kept away from 0 and 1."""
    kept = np.clip(chances, LEAST, 1.0 - LEAST)
    return float(-(labels * np.log(kept) + (1.0 - labels) * np.log(1.0 - kept)).mean())
