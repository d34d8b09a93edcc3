"""The paper's two data sets, replayed on stand-ins."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from pantler.simulator.reproduce import offline, published, standins
from pantler.simulator.reproduce.compiled import Rules
from pantler.simulator.reproduce.full_information import cost_with_full_information
from pantler.simulator.reproduce.seeds import replay_seeds
from pantler.simulator.reproduce.standins import CAPACITY, StandIn, Terms, workload
from pantler.simulator.reproduce.suite import Selector, strategies
from pantler.simulator.reproduce.workload import Flags, Floats, Workload

STRATEGIES: Final = strategies("large", "cascade")


class Unit(NamedTuple):
    """What a cost is counted in, with what its tables divide by."""

    raw: str
    scale: float
    shown: str


class DataSet(NamedTuple):
    """A table of the paper whose data are missing; `published` maps (alpha, accuracy) to six costs in raw units."""

    name: str
    scenario: str
    stand_ins: Sequence[StandIn]
    alphas: Sequence[float]
    accuracies: Sequence[float]
    published: Mapping[tuple[float, float], Sequence[float]]
    unit: Unit


class Case(NamedTuple):
    """One row to replay."""

    data_set: DataSet
    stand_in: StandIn
    terms: Terms
    accuracy: float


LAMBADA: Final = DataSet(
    "lambada",
    "offline",
    (standins.LAMBADA,),
    (0.2, 0.8),
    (0.8, 1.0),
    published.LAMBADA,
    Unit("FLOPs", 1e15, "1e15 FLOPs"),
)
OPENASSISTANT: Final = DataSet(
    "openassistant",
    "online",
    standins.OPENASSISTANT,
    (0.2, 0.5, 0.8),
    (1.0,),
    published.OPENASSISTANT,
    Unit("seconds", 1000.0, "1000 s"),
)


def run(case: Case, seeds: Sequence[int], on_seed: Callable[[], None]) -> Floats:
    """Replay a row for every seed; costs come back as (seeds, strategies), in FLOPs or seconds."""
    costs = offline_costs if case.data_set.scenario == "offline" else online_costs

    def replay(seed: int) -> Floats:
        return np.array(costs(workload(case.stand_in, seed, case.terms), case.accuracy))

    return replay_seeds(replay, seeds, on_seed)


def offline_costs(work: Workload, accuracy: float) -> list[float]:
    """Replay the six strategies with a static cache chosen in hindsight, blind to selector errors."""
    learned = offline.learn(work)

    def cost(resident: Flags, selector: Selector) -> float:
        misses = offline.missed(work, resident)
        if selector is Selector.CHOICE:
            return offline.oracle_cost(misses, accuracy)
        return offline.fixed_cost(misses, selector)

    return [
        cost(offline.keep(learned, offline.oracle_scores(learned, strategy), CAPACITY), strategy.selector)
        for strategy in STRATEGIES
    ]


def online_costs(work: Workload, accuracy: float) -> list[float]:
    """Replay the six strategies while they learn; the selector's coin swaps its choice where it fails."""
    return [
        cost_with_full_information(work, Rules(CAPACITY, s.weighs_cost, s.selector, accuracy, realised_minimum=True))
        for s in STRATEGIES
    ]
