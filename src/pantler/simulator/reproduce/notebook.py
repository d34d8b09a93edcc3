"""The notebook's simulation: LFU, LEC with a selector and the optimum, on one trace per run.

LEC ranks by n(q) min_m low_m(q) with low_m = max(mean_m - sqrt(|Q| / n_m), 1), 1 where never seen, and learns only the
cost that it paid, after the ranking of its own request. The cache replaces its lowest resident even when the request
was a hit, which drops a resident for nothing; `evicts_on_hit` keeps that fault.
"""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Final, NamedTuple

import numpy as np

from pantler.simulator.reproduce.compiled import compiled
from pantler.simulator.reproduce.workload import Flags, Floats, Ids

QUERIES: Final = 20
CAPACITY: Final = 10
ROUNDS: Final = 10_000
DEAR_SHARES: Final = (0.4, 0.5)
"""The chance that a query costs 101 instead of 1, for the small and for the large model."""

STRATEGIES: Final = ("LFU+small", "LFU+large", "LEC+selector", "optimal")
SMALL, LARGE = 0, 1

REGRET_ROUNDS: Final = (100, 300, 1000, 3000, ROUNDS)
CHECKPOINTS: Final = np.union1d(np.geomspace(1, ROUNDS, 200).astype(np.int64), REGRET_ROUNDS)
"""The rounds, counted from one, at which curves are kept."""


class World(NamedTuple):
    """The chance of one run; `means` and `costs` have one column for small and one for large."""

    popularity: Floats
    means: Floats
    ids: Ids
    costs: Floats


def worlds(runs: int, *, seed: int) -> Iterator[World]:
    """Draw runs one after the other from one legacy stream, in the notebook's order."""
    random = np.random.RandomState(seed)
    for _ in range(runs):
        weights = random.power(1.0, size=QUERIES)
        popularity: Floats = weights / weights.sum()
        ids = random.choice(QUERIES, ROUNDS, p=popularity)
        dear = [random.binomial(n=1, p=share, size=QUERIES) for share in DEAR_SHARES]
        means = np.stack(dear, axis=1).astype(np.float64) * 100.0 + 1.0
        yield World(popularity, means, ids, means[ids] + random.normal(0.0, 1.0, size=(ROUNDS, 2)))


def run(runs: int, *, seed: int, on_run: Callable[[], None]) -> dict[str, Floats]:
    """Replay every run with the fault (faithful) and without it (corrected) on the same worlds.

    Cumulative costs come back as (runs, checkpoints, strategies).
    """
    faithful, corrected = [], []
    for world in worlds(runs, seed=seed):
        faithful.append(curves(world, evicts_on_hit=True)[CHECKPOINTS - 1])
        corrected.append(curves(world, evicts_on_hit=False)[CHECKPOINTS - 1])
        on_run()
    return {"faithful": np.stack(faithful), "corrected": np.stack(corrected)}


def regret(costs: Floats) -> Floats:
    """Return what LEC paid above the optimum, as (runs, checkpoints)."""
    difference: Floats = costs[..., STRATEGIES.index("LEC+selector")] - costs[..., STRATEGIES.index("optimal")]
    return difference


def curves(world: World, *, evicts_on_hit: bool) -> Floats:
    """Return cumulative costs as (rounds, strategies)."""
    lfu_missed = lfu_misses(world.ids, evicts_on_hit)
    paid = np.column_stack(
        (
            np.where(lfu_missed, world.costs[:, SMALL], 0.0),
            np.where(lfu_missed, world.costs[:, LARGE], 0.0),
            lec_payments(world.ids, world.costs, evicts_on_hit),
            optimal_payments(world),
        )
    )
    return paid.cumsum(axis=0)


def optimal_payments(world: World) -> Floats:
    """Pay for misses of the best static cache with the model that is cheaper on the true mean."""
    scores = world.popularity * world.means.min(axis=1)
    resident = np.zeros(QUERIES, dtype=np.bool_)
    resident[np.argsort(scores)[-CAPACITY:]] = True
    cheaper = np.where(world.means[:, SMALL] < world.means[:, LARGE], SMALL, LARGE)[world.ids]
    return np.where(resident[world.ids], 0.0, world.costs[np.arange(ROUNDS), cheaper])


@compiled
def lfu_misses(ids: Ids, evicts_on_hit: bool) -> Flags:
    """Mark the requests that the notebook's LFU misses."""
    counts, resident = np.zeros(QUERIES), np.zeros(QUERIES, np.bool_)
    missed = np.zeros(len(ids), np.bool_)
    for t in range(len(ids)):
        counts[ids[t]] += 1.0
        missed[t] = not resident[ids[t]]
        replace(resident, counts, ids[t], evicts_on_hit)
    return missed


@compiled
def lec_payments(ids: Ids, costs: Floats, evicts_on_hit: bool) -> Floats:
    """Return what the notebook's LEC with its selector pays for each request."""
    resident, ranks, counts = np.zeros(QUERIES, np.bool_), np.zeros(QUERIES), np.zeros(QUERIES)
    sums, seen, lows = np.zeros((QUERIES, 2)), np.zeros((QUERIES, 2)), np.ones((QUERIES, 2))
    paid = np.zeros(len(ids))
    for t in range(len(ids)):
        q = ids[t]
        counts[q] += 1.0
        ranks[q] = counts[q] * min(lows[q, SMALL], lows[q, LARGE])
        model = SMALL if lows[q, SMALL] < lows[q, LARGE] else LARGE
        was_hit = resident[q]
        replace(resident, ranks, q, evicts_on_hit)
        if not was_hit:
            paid[t] = costs[t, model]
            sums[q, model] += costs[t, model]
            seen[q, model] += 1.0
            lows[q, model] = max(sums[q, model] / seen[q, model] - sqrt(QUERIES / seen[q, model]), 1.0)
            ranks[q] = counts[q] * min(lows[q, SMALL], lows[q, LARGE])
    return paid


@compiled
def replace(resident: Flags, ranks: Floats, q: int, evicts_on_hit: bool) -> None:
    """Let a request in while there is room, else in place of the first of the lowest residents if it ranks above."""
    if resident.sum() < CAPACITY:
        resident[q] = True
        return
    if resident[q] and not evicts_on_hit:
        return
    lowest = -1
    for other in range(len(resident)):
        if resident[other] and (lowest < 0 or ranks[other] < ranks[lowest]):
            lowest = other
    if ranks[q] > ranks[lowest]:
        resident[q] = True
        resident[lowest] = False
