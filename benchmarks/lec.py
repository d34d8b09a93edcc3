"""LEC on independent Zipf draws against the static optimum under the true P c / s.

3 M draws of Zipf 0.9, costs and sizes by the fixed hash of caching.md section 4; the second half counts. The optimum
keeps, from the start and for nothing, the keys of largest true P c / s that fit. A row tells what share of its saving
is reached over so many keys, at a capacity in percent of the footprint of the keys seen, by

    lec               as the policy stands: strict admission, counts in a sketch
    exact_counts      the keys of largest n c / s, n all exact counts so far, anew every 15,000 draws and for nothing
    discounted        the same by (n - 0.9) c / s: a key seen once is likely rarer than it looks (Good 1953)
    gdsf_remembered   for comparison

`exact_counts` and `discounted` are idealised learners, not bounds: they see every count exactly and move items for
nothing, but rank by their estimate alone, and another estimate of the same draws may do better. Where they stay under
0.99 most keys have been seen once or never. Prints commit, versions and seed; writes results/lec.csv.
"""

import csv
from pathlib import Path

import numpy as np
from _record import provenance
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
KEYS = (100_000, 1_000_000)
SHARES = (0.02, 0.1)
ALPHA = 0.9
DISCOUNT = 0.9
SEED = 1
RESULTS = Path(__file__).parent / "results" / "lec.csv"


def drawn(keys: int) -> tuple[Trace, NDArray[np.float64]]:
    """A trace of independent draws, and the true popularity of each of its keys, (distinct,)."""
    cumulated = zipf(keys, ALPHA)
    ranks = draw_ranks(cumulated, DRAWS, np.random.default_rng(SEED))
    trace = with_costs(trace_of(mixed(ranks.astype(np.uint64), seed=SEED)), "tokens")
    popularity = np.zeros(trace.distinct)
    popularity[trace.ids] = np.diff(cumulated, prepend=0.0)[ranks]
    return trace, popularity


def learned_set_saving(trace: Trace, cost: NDArray[np.float64], capacity: int, discount: float) -> float:
    """What the second half saves where the set is chosen by counts so far, free of charge, once an epoch."""
    saved = 0.0
    for start in range(HALF, DRAWS, EPOCH):
        count = np.bincount(trace.ids[:start], minlength=trace.distinct)
        kept = fixed_set(np.maximum(count - discount, 0.0) * cost, trace.key_sizes, capacity)
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
    count = np.bincount(trace.ids[:HALF], minlength=trace.distinct)
    return {
        "keys": keys,
        "draws": DRAWS,
        "capacity": f"{share:.0%}",
        "keys_seen_at_most_once_at_half": round(1.0 - float(np.count_nonzero(count > 1)) / keys, 3),
        "lec": round(float(charges @ hits["lec"]) / optimum, 4),
        "exact_counts": round(learned_set_saving(trace, cost, capacity, 0.0) / optimum, 4),
        "discounted": round(learned_set_saving(trace, cost, capacity, DISCOUNT) / optimum, 4),
        "gdsf_remembered": round(float(charges @ hits["gdsf_remembered"]) / optimum, 4),
        "line": 0.99,
    }


def main() -> None:
    """Measure, print each row, and write the table."""
    rows = []
    for keys in KEYS:
        trace, popularity = drawn(keys)
        for share in SHARES:
            rows.append(row(keys, trace, popularity, share))
            print(rows[-1], flush=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], *provenance(SEED)])
        writer.writeheader()
        writer.writerows({**made, **provenance(SEED)} for made in rows)


if __name__ == "__main__":
    main()
