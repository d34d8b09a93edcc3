"""Replay through the engine against bare twins over heapq and OrderedDict, in the same run.

CPU time, medians of interleaved rounds, from a trace's columns to the hits. `gdsf` and `lru` have to hit alike; the
twins that remember absent keys keep every count in a dict, where the engine has a sketch, so that their hits may differ
a little. Prints commit, versions and seed; writes results/replay.csv.

    python benchmarks/replay.py [--trace FILE] [--rounds 5] [--out FILE]
"""

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

import _twins
from _record import announced, write

from pantler.core.capacity import parse_share
from pantler.simulator.replay import replay
from pantler.traces.costs import with_own_costs
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace

SCARAB = Path(__file__).resolve().parents[2] / "shared/data/traces/caffeine-misc/scarab-recs.trace.xz"
RESULTS = Path(__file__).parent / "results" / "replay.csv"
CAPACITIES = ("0.5%", "2%", "10%", "30%")
ROUNDS = 5
SEED = 0  # nothing is drawn: a trace's costs come from a fixed hash of its keys
TWINS: dict[str, Callable[[_twins.Columns, int], int]] = {
    "gdsf": _twins.gdsf,
    "gdsf_remembered": partial(_twins.gdsf, remembers=True),
    "lec": _twins.lec,
    "lru": _twins.lru,
}
EXACT = {"gdsf", "lru"}


def row(trace: Trace, policy: str, capacity: str, rounds: int) -> dict[str, object]:
    """Requests per second of both, and their ratio."""
    capacity_bytes = parse_share(capacity, footprint=trace.footprint)
    seconds: dict[str, list[float]] = {"twin": [], "engine": []}
    for _ in range(rounds):
        start = process_time()
        twin_hits = TWINS[policy](columns(trace), capacity_bytes)
        seconds["twin"].append(process_time() - start)
        start = process_time()
        hits = replay(trace, policy, capacity_bytes).hits
        seconds["engine"].append(process_time() - start)
    if policy in EXACT and hits != twin_hits:
        raise SystemExit(f"{policy} at {capacity}: the engine hit {hits} times, its twin {twin_hits}")
    twin, engine = statistics.median(seconds["twin"]), statistics.median(seconds["engine"])
    return {
        "policy": policy,
        "capacity": capacity,
        "rounds": rounds,
        "requests": len(trace),
        "hits": hits,
        "twin_hits": twin_hits,
        "engine_m_per_second": round(len(trace) / engine / 1e6, 3),
        "twin_m_per_second": round(len(trace) / twin / 1e6, 3),
        "ratio_to_twin": round(twin / engine, 3),
    }


def columns(trace: Trace) -> _twins.Columns:
    """Keys of 64 bits, as the engine has them, sizes and costs as plain numbers."""
    return trace.keys.tolist(), trace.sizes.tolist(), trace.costs[:, 0].tolist()


def main() -> None:
    """Measure every policy at every capacity, print each row, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", type=Path, default=SCARAB)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    origin = announced(SEED)
    trace = with_own_costs(open_trace(options.trace))
    rows = []
    for policy in TWINS:
        for capacity in CAPACITIES:
            rows.append(row(trace, policy, capacity, options.rounds))
            print(rows[-1], flush=True)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
