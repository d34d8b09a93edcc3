"""What a compiled row reads and what it writes."""

from typing import Any, NamedTuple

import numpy as np

from pantler.learning.panel import Heard, Panel

BY_PRICE, BY_LEAST, BY_SAVED = range(3)
NOTHING, HITS_KEPT, REQUESTS = range(3)
ITEM = np.dtype(
    [
        ("touched", np.int64),
        ("ranked", np.int64),
        ("priority", np.float64),
        ("frequency", np.float64),
        ("clock", np.float64),
        ("cost", np.float64),
        ("wrong", np.float64),
        ("count", np.float64),
        ("model", np.int64),
        ("ratings", np.int64),
        ("resident", np.bool_),
        ("upgraded", np.bool_),
        ("told", np.bool_),
    ]
)
STATUS = np.dtype(
    [
        ("residents", np.int64),
        ("entries", np.int64),
        ("calls", np.int64),
        ("hits", np.int64),
        ("upgrades", np.int64),
        ("number", np.int64),
        ("observed", np.int64),
        ("clock", np.float64),
        ("now", np.float64),
        ("price", np.float64),
        ("wrong", np.float64),
        ("unavoidable", np.float64),
        ("unheard", np.float64),
    ]
)


class Rule(NamedTuple):
    """How a row chooses and keeps.

    `ranks` answers by what was paid, by min_m c_m or by what a hit really saves; `amortised`: errors are weighed by the
    serves to come, of which it `foresees` nothing, the hits of what it keeps or all requests; `upgrades` answers behind
    hits; `drops` those known wrong where another call is worth it; `hears`: what was said of answers is remembered when
    their query comes again, `counts_charges`: so is what was charged; `weighs`: models are asked one after another, and
    what each has said and what was said of it tells of them all.
    """

    ranks: int
    amortised: bool = False
    upgrades: bool = False
    drops: bool = False
    hears: bool = False
    counts_charges: bool = False
    foresees: int = NOTHING
    weighs: bool = False


class World(NamedTuple):
    """What a row is told and what comes of its choices.

    By request: `keys` int64, `rated` bool, `further` float64, the serves to come that the rule foresees. By
    key: `questions` int64. By question and model, float64 but for the int64 `texts`, -1 where unknown: `prices` and
    `wrong` come of a call, `expected` and `chances` are believed of it. `penalty` is the cost of a wrong serve;
    `strength` how many observations belief counts for; `capacity` in answers; `half_life` in arrivals per resident.
    `panel` is of no models where the rule does not weigh.
    """

    keys: Any
    rated: Any
    further: Any
    questions: Any
    prices: Any
    wrong: Any
    texts: Any
    expected: Any
    chances: Any
    penalty: float
    strength: float
    capacity: int
    half_life: float
    rule: Rule
    panel: Panel


class State(NamedTuple):
    """Items by key, their heap, labels and charges (keys, models), counts by place, what was believed last."""

    items: Any
    heap: Any
    was_hit: Any  # by request
    labels: Any  # (keys, models, 2): how many there were, their sum
    charges: Any
    survival: Any
    believed: Any  # (2, models): prices, chances
    status: Any
    heard: Heard
