"""The synthetic suite over many seeds, every strategy of a seed on the same trace."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np

from pantler.simulator.reproduce import offline
from pantler.simulator.reproduce.bandit import confidence_width, cost_with_bandit_feedback
from pantler.simulator.reproduce.compiled import Rules
from pantler.simulator.reproduce.full_information import cost_with_full_information
from pantler.simulator.reproduce.instances import COST_FLOOR, Instance, draw, fresh_coins, redraw, workload
from pantler.simulator.reproduce.seeds import replay_seeds
from pantler.simulator.reproduce.suite import (
    ALPHAS,
    CAPACITY,
    QUERIES,
    ROUNDS,
    SETTINGS,
    STRATEGIES,
    Selector,
    Setting,
    Strategy,
)
from pantler.simulator.reproduce.workload import Floats

Mode = Literal["faithful", "corrected"]
MODES: Final[tuple[Mode, ...]] = ("faithful", "corrected")

DELTA: Final = 0.05
NOISE_REACH: Final = 4.0
"""How many standard deviations of noise the largest cost B2 allows for; the noise itself is unbounded."""


def run(seeds: Sequence[int], mode: Mode, on_seed: Callable[[], None]) -> Floats:
    """Replay every cell for every seed; costs come back as (seeds, settings, strategies), in raw units."""
    return replay_seeds(lambda seed: costs_of_seed(seed, mode), seeds, on_seed)


def costs_of_seed(seed: int, mode: Mode) -> Floats:
    """Replay every cell of one seed; costs come back as (settings, strategies)."""
    instances = {alpha: draw(seed, alpha) for alpha in ALPHAS}
    replay = faithful if mode == "faithful" else corrected
    return np.array([replay(instances[setting.alpha], setting) for setting in SETTINGS])


def faithful(instance: Instance, setting: Setting) -> list[float]:
    """Do what the artifact does: hindsight and realised minima offline, full information online."""
    work = workload(instance, setting.ratio)
    if setting.scenario == "online":
        return [cost_with_full_information(work, Rules(CAPACITY, s.weighs_cost, s.selector)) for s in STRATEGIES]
    learned = offline.learn(work)

    def cost(strategy: Strategy) -> float:
        resident = offline.keep(learned, offline.oracle_scores(learned, strategy), CAPACITY)
        misses = offline.missed(work, resident)
        if strategy.selector is Selector.CHOICE:
            return offline.oracle_cost(misses, setting.accuracy)
        return offline.fixed_cost(misses, strategy.selector)

    return [cost(strategy) for strategy in STRATEGIES]


def corrected(instance: Instance, setting: Setting) -> list[float]:
    """Do what the theory says: learn on one trace and pay on another offline, bandit feedback online."""
    test = workload(instance, setting.ratio)
    if setting.scenario == "online":
        return [cost_with_bandit_feedback(test, bandit_rules(strategy, setting.ratio)) for strategy in STRATEGIES]
    test = test._replace(coins=fresh_coins(instance.seed))
    learned = offline.learn(workload(redraw(instance), setting.ratio))

    def cost(strategy: Strategy) -> float:
        scores = offline.aware_scores(learned, strategy, setting.accuracy)
        misses = offline.missed(test, offline.keep(learned, scores, CAPACITY))
        if strategy.selector is Selector.CHOICE:
            return offline.plug_in_cost(misses, learned, setting.accuracy)
        return offline.fixed_cost(misses, strategy.selector)

    return [cost(strategy) for strategy in STRATEGIES]


def bandit_rules(strategy: Strategy, ratio: float) -> Rules:
    """Return the corrected online rules, with costs taken to lie between the floor and the highest cost."""
    span = highest_cost(ratio) - COST_FLOOR
    width = confidence_width(span, rounds=ROUNDS, queries=QUERIES, delta=DELTA)
    return Rules(CAPACITY, strategy.weighs_cost, strategy.selector, floor=COST_FLOOR, width=width)


def highest_cost(ratio: float) -> float:
    """Return the B2 of a cost ratio: the dear cost plus what noise may reach."""
    return 1.0 + ratio + NOISE_REACH
