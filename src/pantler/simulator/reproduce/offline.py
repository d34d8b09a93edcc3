"""Static caches chosen from one trace, paid for on one trace.

The artifact pays on the trace it learned from, with a selector that sees realised costs, and scores queries blind to
that selector's errors. The corrected rules pay on a fresh trace, choose on means, and score with the errors.
"""

from typing import NamedTuple

import numpy as np

from pantler.simulator.reproduce.suite import Selector, Strategy
from pantler.simulator.reproduce.workload import Flags, Floats, Ids, Workload


class Learned(NamedTuple):
    """What a log teaches of each query: arrivals, first arrival, mean cost of each model, mean of the cheaper one."""

    counts: Floats
    first: Floats
    large: Floats
    cascade: Floats
    cheaper: Floats


def learn(log: Workload) -> Learned:
    """Count and average a log that shows the costs of both models on every request."""
    counts = np.bincount(log.ids, minlength=log.queries).astype(np.float64)
    first = np.full(log.queries, np.inf)
    np.minimum.at(first, log.ids, np.arange(len(log.ids), dtype=np.float64))

    def mean(costs: Floats) -> Floats:
        return np.bincount(log.ids, weights=costs, minlength=log.queries) / np.maximum(counts, 1.0)

    return Learned(counts, first, mean(log.large), mean(log.cascade), mean(np.minimum(log.cascade, log.large)))


def oracle_scores(learned: Learned, strategy: Strategy) -> Floats:
    """Score queries by arrivals, times cost as an unerring selector of realised costs would cause it."""
    if not strategy.weighs_cost:
        return learned.counts
    return learned.counts * (learned.large, learned.cascade, learned.cheaper)[strategy.selector]


def aware_scores(learned: Learned, strategy: Strategy, accuracy: float) -> Floats:
    """Score queries by arrivals, times cost as the strategy's own erring selector of means is expected to cause it."""
    if not strategy.weighs_cost:
        return learned.counts
    right = np.minimum(learned.cascade, learned.large)
    wrong = np.maximum(learned.cascade, learned.large)
    chosen = accuracy * right + (1.0 - accuracy) * wrong
    return learned.counts * (learned.large, learned.cascade, chosen)[strategy.selector]


def keep(learned: Learned, scores: Floats, capacity: int) -> Flags:
    """Mark the arrived queries of the highest scores as resident, the first to arrive among equals."""
    resident = np.zeros(len(scores), dtype=np.bool_)
    resident[np.lexsort((learned.first, -scores))[:capacity]] = True
    return resident & (learned.counts > 0.0)


class Missed(NamedTuple):
    """The requests that a static cache misses, one entry each."""

    ids: Ids
    large: Floats
    cascade: Floats
    coins: Floats


def missed(test: Workload, resident: Flags) -> Missed:
    """Return the requests for queries that are not resident."""
    absent = ~resident[test.ids]
    ids = test.ids[absent]
    coins = test.coins[ids] if test.coin_per_query else test.coins[: len(ids)]
    return Missed(ids, test.large[absent], test.cascade[absent], coins)


def fixed_cost(misses: Missed, selector: Selector) -> float:
    """Pay for every miss with the same model."""
    return float((misses.large, misses.cascade)[selector].sum())


def oracle_cost(misses: Missed, accuracy: float) -> float:
    """Pay the cheaper realised cost of every miss, the dearer where the selector's coin fails."""
    cheaper, dearer = np.minimum(misses.cascade, misses.large), np.maximum(misses.cascade, misses.large)
    return float(np.where(misses.coins < accuracy, cheaper, dearer).sum())


def plug_in_cost(misses: Missed, learned: Learned, accuracy: float) -> float:
    """Pay for every miss with the model that was cheaper on the mean, the other where the selector's coin fails."""
    prefers_large = learned.large < learned.cascade
    asks_large = prefers_large[misses.ids] == (misses.coins < accuracy)
    return float(np.where(asks_large, misses.large, misses.cascade).sum())
