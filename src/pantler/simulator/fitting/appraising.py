"""Appraisers fitted to outcomes, each alone and all in their calibrated mean.

Settings, weights and calibration all come from what was said of queries across folds; only then is each kind fitted to
all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import Mean, odds
from pantler.core.seams import Appraiser
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import area, ladder, swept
from pantler.simulator.fitting.charging import Charges
from pantler.simulator.fitting.crossing import crossed
from pantler.simulator.fitting.isotonic import rising
from pantler.simulator.fitting.kinds import KINDS, Kind, Labelled
from pantler.simulator.fitting.weighing import weights
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Appraised:
    """`alone` are the kinds by name, `settings` what was chosen for each; `across` what the mean said across folds."""

    alone: dict[str, Appraiser]
    settings: dict[str, Any]
    mean: Mean
    across: Array


def appraised(
    outcomes: Outcomes, known: Labelled, charges: Charges, advance: Callable[[int], None] = lambda _: None
) -> Appraised:
    """Fit to outcomes of which `known` holds traits and labels; `advance` is told of every setting tried."""
    chosen: dict[str, Any] = {}
    said: dict[str, Array] = {}
    for kind in KINDS:
        chosen[kind.name], said[kind.name] = _best(kind, outcomes, known, charges, advance)
    shares = weights(list(said.values()), known.labels, known.rates)
    base = odds(known.rates)
    total = base + sum(share * (odds(each) - base) for share, each in zip(shares, said.values(), strict=True))
    curves = [rising(total[:, model], known.labels[:, model]) for model in range(known.labels.shape[1])]
    alone = {kind.name: kind.fit(known, chosen[kind.name]) for kind in KINDS}
    across = np.stack([np.interp(total[:, model], *curve) for model, curve in enumerate(curves)], axis=1)
    return Appraised(alone, chosen, Mean(list(alone.values()), shares, known.rates, curves), across)


def _best(
    kind: Kind, outcomes: Outcomes, known: Labelled, charges: Charges, advance: Callable[[int], None]
) -> tuple[Any, Array]:
    """The setting whose predictions across folds choose best, with these."""
    single = singles(outcomes.scores, outcomes.costs)
    prices = ladder(single)
    found = []
    for setting in kind.settings:
        said = crossed(partial(kind.fit, setting=setting), known)
        sweep = swept(charges.expected(outcomes.tokens_in), said, (outcomes.costs, outcomes.scores), prices)
        found.append((area(sweep, single), setting, said))
        advance(1)
    _, setting, said = max(found, key=lambda each: each[0])
    return setting, said
