"""LEC on independent Zipf draws against the static optimum under the true P c / s.

3 M draws of Zipf 0.9, costs and sizes by the fixed hash of caching.md section 4; the second half counts. The optimum
keeps, from the start and for nothing, the keys of largest true P c / s that fit. A row tells what share of its saving
is reached over so many keys, at a capacity in percent of the footprint of the keys seen, by

    lec               as the policy stands: strict admission, counts in a sketch
    exact_counts      the keys of largest n c / s, n all exact counts so far, anew every 15,000 draws and for nothing
    bayes             the same by E[p | n] c / s, told the true popularities of all keys but not whose is whose
    gdsf_remembered   for comparison

What a key's count n says of its popularity p is all that draws can tell of it, and `bayes` reads that without loss and
with the law of the draws given: whoever must learn by counting which key is which expects no more. So where `bayes`
stays under 0.99 so does every policy, for want of draws: most keys have been seen once or never. Three traces each.
Prints commit and versions; writes results/lec.csv.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from _arguments import arguments
from _record import announced, write
from numpy.typing import NDArray

from pantler.simulator.bounds.static import fixed_set
from pantler.simulator.kernels.requests import requests_of
from pantler.simulator.sweep import lane
from pantler.traces.costs import with_costs
from pantler.traces.mixing import mixed
from pantler.traces.popularity import draw_ranks, zipf
from pantler.traces.trace import Trace, trace_of

DRAWS = 3_000_000
HALF = DRAWS // 2
EPOCH = 15_000
KEYS = (10_000, 100_000, 1_000_000)
SHARES = (0.02, 0.1)
ALPHA = 0.9
TOLD_APART = 200  # arrivals from which a count is taken at its word
SEEDS = (1, 2, 3)
Estimate = Callable[[NDArray[np.int64]], NDArray[np.float64]]
RESULTS = Path(__file__).parent / "results" / "lec.csv"


def drawn(keys: int, seed: int) -> tuple[Trace, NDArray[np.float64]]:
    """A trace of independent draws, and the true popularity of each of its keys, (distinct,)."""
    cumulated = zipf(keys, ALPHA)
    ranks = draw_ranks(cumulated, DRAWS, np.random.default_rng(seed))
    trace = with_costs(trace_of(mixed(ranks.astype(np.uint64), seed=seed)), "tokens")
    popularity = np.zeros(trace.distinct)
    popularity[trace.ids] = np.diff(cumulated, prepend=0.0)[ranks]
    return trace, popularity


def expected_popularity(truth: NDArray[np.float64], draws: int) -> NDArray[np.float64]:
    """E[p | n] of a key that has come n = 0 .. TOLD_APART times in so many draws, its p any of the true ones.

    Counts are Poisson, so that E[p | n] = (n + 1) f(n + 1) / (f(n) draws) with f the share of keys that come n times
    (Robbins 1956). Popularities, most first, are taken together where they hardly differ.
    """
    starts = np.unique(np.geomspace(1, len(truth) + 1, 4001).astype(np.int64)) - 1
    keys = np.diff(starts)
    rates = np.add.reduceat(truth * draws, starts[:-1]) / keys
    counts = np.arange(TOLD_APART + 2)
    log_factorials = np.cumsum(np.log(np.maximum(counts, 1)))
    likelihoods = counts[:, None] * np.log(rates) - rates - log_factorials[:, None]
    keys_that_come = np.exp(likelihoods + np.log(keys)).sum(axis=1)
    return counts[1:] * keys_that_come[1:] / keys_that_come[:-1] / draws


def by_count(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Popularity as counted."""
    return count.astype(np.float64)


def by_law(truth: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Popularity as expected from the count and the law of the draws; 0 of keys that have not come."""
    draws = int(count.sum())
    expected = expected_popularity(truth, draws)[np.minimum(count, TOLD_APART)]
    return np.where(count > 0, np.where(count < TOLD_APART, expected, count / draws), 0.0)


def learned_set_saving(trace: Trace, cost: NDArray[np.float64], capacity: int, estimate: Estimate) -> float:
    """What the second half saves where the set is chosen by counts so far, free of charge, once an epoch."""
    saved = 0.0
    for start in range(HALF, DRAWS, EPOCH):
        count = np.bincount(trace.ids[:start], minlength=trace.distinct)
        kept = fixed_set(estimate(count) * cost, trace.key_sizes, capacity)
        part = slice(start, start + EPOCH)
        saved += float(trace.costs[part, 0] @ kept[trace.ids[part]])
    return saved


def row(keys: int, trace: Trace, popularity: NDArray[np.float64], share: float) -> dict[str, object]:
    """Shares of the optimum's saving."""
    capacity = int(trace.footprint * share)
    cost = np.zeros(trace.distinct)
    cost[trace.ids] = trace.costs[:, 0]
    later, charges = trace.ids[HALF:], trace.costs[HALF:, 0]
    optimum = float(charges @ fixed_set(popularity * cost, trace.key_sizes, capacity)[later])
    hits = {
        policy: lane(policy, capacity).serve(requests_of(trace, 0), trace.distinct)[HALF:]
        for policy in ("lec", "gdsf_remembered")
    }
    truth = np.diff(zipf(keys, ALPHA), prepend=0.0)
    count = np.bincount(trace.ids[:HALF], minlength=trace.distinct)
    return {
        "keys": keys,
        "draws": DRAWS,
        "capacity": f"{share:.0%}",
        "keys_seen_at_most_once_at_half": round(1.0 - float(np.count_nonzero(count > 1)) / keys, 3),
        "lec": round(float(charges @ hits["lec"]) / optimum, 4),
        "exact_counts": round(learned_set_saving(trace, cost, capacity, by_count) / optimum, 4),
        "bayes": round(learned_set_saving(trace, cost, capacity, partial(by_law, truth)) / optimum, 4),
        "gdsf_remembered": round(float(charges @ hits["gdsf_remembered"]) / optimum, 4),
        "line": 0.99,
    }


def main() -> None:
    """Measure, print each row, and write the table."""
    out = arguments(__doc__, RESULTS).parse_args().out
    origin = announced(SEEDS[0])
    rows = []
    for keys in KEYS:
        for seed in SEEDS:
            trace, popularity = drawn(keys, seed)
            for share in SHARES:
                rows.append(row(keys, trace, popularity, share) | {"seed": seed})
                print(rows[-1], flush=True)
    write(out, rows, {name: value for name, value in origin.items() if name != "seed"})


if __name__ == "__main__":
    main()
