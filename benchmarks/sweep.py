"""The sweep against libCacheSim: ten million requests from raw 64-bit ids, with sizes and, for ours, with costs.

Zipf 0.9 over a million keys, 100 MB, lognormal sizes (caching.md section 2). Ours is CPU time of making the ids dense,
of the one sweep and of its totals; libCacheSim's that of process_trace over its own binary file, its tables at their
default size. Neither counts making the trace, nor compiling. Medians of interleaved rounds; prints commit, versions and
seed, writes results/sweep.csv.

    python benchmarks/sweep.py [--requests N] [--rounds N] [--only GDSF,LRU] [--out FILE]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import libcachesim
from _record import announced, write

from pantler.simulator.sweep import Result, sweep
from pantler.traces.factorize import factorize
from pantler.traces.generate import generate
from pantler.traces.trace import Trace
from pantler.traces.writing import write_trace

SEED = 1
SPEC = "zipf:alpha=0.9,keys=1000000,requests={requests},seed={seed},sizes=lognormal,costs=lognormal"
CAPACITY_BYTES = 100_000_000
RIVALS = {"gdsf": "GDSF", "lec": "GDSF", "lru": "LRU", "sieve": "Sieve", "s3_fifo": "S3FIFO", "w_tiny_lfu": "WTinyLFU"}
LINES = {"gdsf": 8.0, "lec": 20.0, "lru": 2.0, "sieve": 1.0}  # times as fast as the rival, to be reached
CURVE = tuple(round(CAPACITY_BYTES * 2.0 ** (step / 2)) for step in range(-8, 4))
RESULTS = Path(__file__).parent / "results" / "sweep.csv"


def ours(trace: Trace, policies: list[str], capacities: list[int]) -> list[Result]:
    """The results of a sweep that begins with the raw keys."""
    assert trace.keys is not None
    ids, distinct = factorize(trace.keys)
    return sweep(replace(trace, ids=ids, distinct=len(distinct)), policies, capacities, threads=1)


def theirs(name: str, path: str, requests: int) -> float:
    """The miss ratio of one of libCacheSim's policies, cost 1 for every miss."""
    cache: Any = getattr(libcachesim, name)(CAPACITY_BYTES)
    reader = libcachesim.TraceReader(path, libcachesim.TraceType.ORACLE_GENERAL_TRACE)
    return float(cache.process_trace(reader, max_req=requests)[0])


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process, its threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rows(trace: Trace, path: str, policies: list[str], rounds: int) -> list[dict[str, object]]:
    """A row for each policy, its rounds interleaved with its rival's; the last is the curve of twelve capacities."""
    works: dict[str, Callable[[], object]] = {}
    for policy in policies:
        works[policy] = partial(ours, trace, [policy], [CAPACITY_BYTES])
        works[RIVALS[policy]] = partial(theirs, RIVALS[policy], path, len(trace))
    for policy in policies:
        works[policy]()  # compiles
    spent: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            spent[name].append(cpu_seconds(work))
        print(
            f"round {number + 1}: " + ", ".join(f"{name} {each[-1]:.2f} s" for name, each in spent.items()), flush=True
        )
    seconds = {name: statistics.median(each) for name, each in spent.items()}
    return [row(trace, path, policy, seconds) for policy in policies]


def row(trace: Trace, path: str, policy: str, seconds: dict[str, float]) -> dict[str, object]:
    """What one policy took and gave, beside its rival."""
    rival = RIVALS[policy]
    (result,) = ours(trace, [policy], [CAPACITY_BYTES])
    ratio = seconds[rival] / seconds[policy]
    return {
        "policy": policy,
        "capacities": 1,
        "seconds": round(seconds[policy], 3),
        "million_per_second": round(len(trace) / seconds[policy] / 1e6, 2),
        "miss_ratio": round(1.0 - result.hit_ratio, 4),
        "cost_saved": round(result.cost_saved, 4),
        "rival": f"libCacheSim {rival}",
        "rival_million_per_second": round(len(trace) / seconds[rival] / 1e6, 2),
        "rival_miss_ratio": round(theirs(rival, path, len(trace)), 4),
        "times_as_fast": round(ratio, 2),
        "line": LINES.get(policy, ""),
        "reached": ratio >= LINES[policy] if policy in LINES else "",
    }


def curve(trace: Trace) -> dict[str, object]:
    """Twelve capacities of GDSF in one exact sweep."""
    seconds = cpu_seconds(lambda: ours(trace, ["gdsf"], list(CURVE)))
    rate = len(trace) * len(CURVE) / seconds / 1e6
    return {
        "policy": "gdsf",
        "capacities": len(CURVE),
        "seconds": round(seconds, 3),
        "million_per_second": round(rate, 2),
    }


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="some of the policies, by name")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    origin = announced(SEED)
    policies = options.only.split(",") if options.only else list(RIVALS)
    trace = generate(SPEC.format(requests=options.requests, seed=SEED))
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "trace.oracleGeneral")
        write_trace(trace, path)
        made = [*rows(trace, path, policies, options.rounds), curve(trace)]
    for each in made:
        print(each)
    write(options.out, made, origin)


if __name__ == "__main__":
    main()
