"""The rows of a joint evaluation: caches and multiplexers chosen apart, then together, then what none can beat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.joint.known import Known, beside, ordered
from pantler.simulator.joint.lane import Options
from pantler.simulator.joint.state import BY_LEAST, BY_PRICE, BY_SAVED, HITS_KEPT, REQUESTS, Rule

CACHES = {"lru": "LRU", "lfu": "LFU", "gdsf_remembered": "GDSF remembered", "lec": "LEC", "auto": "auto"}
DROPPING = {
    "": Rule(BY_PRICE),
    ", drops": Rule(BY_PRICE, drops=True),
    ", drops and asks another": Rule(BY_PRICE, drops=True, hears=True),
}
OURS = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True)
WEIGHING = OURS._replace(weighs=True)
SERVES = (1.0, 3.0, 10.0, 30.0)
PAPER, ORACLE = "the paper's joint rule", "oracle"


@dataclass(frozen=True)
class Contestant:
    """A row; `alike` is how much one answer of a model tells of its next, None for as much as the terms say."""

    cache: str
    policy: str
    multiplexer: str
    rule: Rule
    options: Options
    alike: float | None = None


def apart(known: Known, penalty: float, caches: Sequence[str], *, rated: bool) -> list[Contestant]:
    """Every cache with every multiplexer, ranked by what was paid; with ratings also those that act on them."""
    dropping = DROPPING if rated else {"": DROPPING[""]}
    return [
        Contestant(CACHES[policy], policy, name + act, rule, options, alike=1.0)
        for policy in caches
        for name, options in _orders(known, penalty).items()
        for act, rule in dropping.items()
    ]


def together(known: Known, penalty: float) -> list[Contestant]:
    """The paper's joint rule, then ours, then ours told what only the future knows."""
    options = known.options
    silent = replace(options, texts=np.full_like(options.texts, -1))
    told = replace(options, chances=options.wrong)
    all_told = replace(told, expected=options.prices)
    rows = [
        (PAPER, Rule(BY_LEAST, hears=True, counts_charges=True), silent),
        ("hit-amortised at insertion", OURS._replace(upgrades=False), options),
        ("hit-amortised, single calls", OURS, options),
        ("hit-amortised", WEIGHING, options),
        ("hit-amortised, told the hits", WEIGHING._replace(foresees=HITS_KEPT), options),
        ("hit-amortised, told all requests", WEIGHING._replace(foresees=REQUESTS), options),
        ("hit-amortised, told the errors", OURS, told),
        *_voting(known, penalty),
        (ORACLE, OURS._replace(foresees=REQUESTS), all_told),
    ]
    return [Contestant("LEC", "lec", name, rule, of) for name, rule, of in rows]


def _orders(known: Known, penalty: float) -> dict[str, Options]:
    """Each multiplexer as an order in which it asks, a single model before the others by what they are on average."""
    options = known.options
    on_average = np.argsort(known.mean_costs + penalty * known.mean_wrong, kind="stable")
    learned = np.argsort(options.expected + penalty * options.chances, axis=1, kind="stable")
    cheapest = int(np.argmin(known.mean_costs))
    found = {
        "reference": ordered(options, _first(known.reference, on_average, len(learned))),
        "cheapest": ordered(options, _first(cheapest, on_average, len(learned))),
        "learned": ordered(options, learned),
    }
    if known.cascade is not None:
        first = np.zeros((len(learned), 1), np.intp)
        found["cascade"] = ordered(beside(known.cascade(penalty), options), np.hstack([first, learned + 1]))
    return found


def _voting(known: Known, penalty: float) -> list[tuple[str, Rule, Options]]:
    """Ours with cascades of agreeing models among its plans, made for an answer's penalty over more and more serves."""
    if known.cascade is None:
        return []
    options = beside(known.options, *(known.cascade(penalty * serves) for serves in SERVES))
    return [("hit-amortised, with vote plans", OURS, options)]


def _first(model: int, others: NDArray[np.intp], questions: int) -> NDArray[np.intp]:
    order = [model, *(other for other in others if other != model)]
    return np.tile(np.array(order), (questions, 1))
