"""The in-process cache against cachetools, theine and cachebox: a hit, a read-through, memory, cost still paid.

Workload of caching.md section 6: 35-character keys, 10,000 entries, 500,000 Zipf 0.9 reads over 100,000 keys, reads
then fill; costs lognormal, 30 % of the keys 20 times dearer. Speeds are CPU time, medians of interleaved rounds; memory
is what a fresh process grows by with 400,000 entries. Prints commit, versions and seed; writes results/in_process.csv.
"""

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _arguments import arguments
from _record import announced, write

import pantler

ENTRIES = 10_000
KEYS = 100_000
READS = 500_000
MEMORY_ENTRIES = 400_000
ROUNDS = 5
SEED = 1
RESULTS = Path(__file__).parent / "results" / "in_process.csv"


def makers() -> dict[str, Callable[[int], Any]]:
    """Constructors of every cache that is installed, by name; each takes the number of entries."""
    import cachebox
    import cachetools
    import theine

    return {
        "cachetools LRU": cachetools.LRUCache,
        "pantler gdsf_remembered": lambda entries: pantler.Cache(policy="gdsf_remembered", capacity=entries),
        "pantler auto": lambda entries: pantler.Cache(policy="auto", capacity=entries),
        "cachebox LFU": cachebox.LFUCache,
        "theine": theine.Cache,
    }


def putter(cache: Any) -> Callable[[str, object, float], object]:
    """How to store a value with its cost; only pantler can be told a cost."""
    if isinstance(cache, pantler.Cache):
        return lambda key, value, cost: cache.put(key, value, cost=cost)
    if hasattr(cache, "set"):
        return lambda key, value, cost: cache.set(key, value)
    return lambda key, value, cost: cache.__setitem__(key, value)


def getter(cache: Any) -> Callable[[str], object]:
    """How to ask: None where nothing is kept (theine answers with a pair)."""
    if type(cache).__module__.startswith("theine"):
        get = cache.get
        return lambda key: get(key)[0]
    return cache.get  # type: ignore[no-any-return]


def workload() -> tuple[list[str], list[str], dict[str, float]]:
    """Names of all keys, the reads, and the cost of each key."""
    rng = np.random.default_rng(SEED)
    weights = np.arange(1, KEYS + 1) ** -0.9
    names = [f"key-{number:031d}" for number in range(KEYS)]
    reads = [names[index] for index in rng.choice(KEYS, READS, p=weights / weights.sum())]
    costs = rng.lognormal(5.3, 1.1, KEYS) * np.where(rng.random(KEYS) < 0.3, 20.0, 1.0)
    return names, reads, dict(zip(names, costs.tolist(), strict=True))


def hit_ns(make: Callable[[int], Any], reads: list[str]) -> float:
    """CPU nanoseconds of a get that hits."""
    cache = make(KEYS)
    put = putter(cache)
    for key in set(reads):
        put(key, key, 1.0)
    get = cache.get
    started = time.process_time_ns()
    for key in reads:
        get(key)
    return (time.process_time_ns() - started) / len(reads)


def read_through(make: Callable[[int], Any], reads: list[str], costs: dict[str, float]) -> tuple[float, float, float]:
    """CPU nanoseconds of a read that fills on a miss, hit ratio, and share of the cost still paid."""
    cache = make(ENTRIES)
    get, put = getter(cache), putter(cache)
    paid = 0.0
    misses = 0
    started = time.process_time_ns()
    for key in reads:
        if get(key) is None:
            misses += 1
            cost = costs[key]
            paid += cost
            put(key, key, cost)
    spent = (time.process_time_ns() - started) / len(reads)
    return spent, 1 - misses / len(reads), paid / sum(map(costs.__getitem__, reads))


def bytes_per_item(name: str) -> float:
    """Growth of a fresh process' resident memory per entry, over the keys and values themselves."""
    made = subprocess.run([sys.executable, __file__, "--memory", name], capture_output=True, text=True, check=True)
    return float(json.loads(made.stdout))


def measure_memory(name: str) -> None:
    """Print the bytes per entry of one cache; run in a process of its own."""
    names = [f"key-{number:031d}" for number in range(MEMORY_ENTRIES)]
    values = [object() for _ in names]
    costs = [float(number) for number in range(MEMORY_ENTRIES)]
    cache = makers()[name](MEMORY_ENTRIES)
    put = putter(cache)
    gc.collect()
    before = _resident_bytes()
    for key, value, cost in zip(names, values, costs, strict=True):
        put(key, value, cost)
    gc.collect()
    print(json.dumps((_resident_bytes() - before) / MEMORY_ENTRIES))


def _resident_bytes() -> int:
    """Of this process now; the peak that getrusage tells is inherited from the parent on Linux."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure every cache, interleaved, and write the table."""
    parser = arguments(__doc__, RESULTS)
    parser.add_argument("--memory", metavar="CACHE", help="only print the bytes per entry of this one")
    options = parser.parse_args()
    if options.memory:
        measure_memory(options.memory)
        return
    origin = announced(SEED)
    _, reads, costs = workload()
    caches = makers()
    hits: dict[str, list[float]] = {name: [] for name in caches}
    reads_through: dict[str, list[float]] = {name: [] for name in caches}
    quality: dict[str, tuple[float, float]] = {}
    for _ in range(ROUNDS):
        for name, make in caches.items():
            hits[name].append(hit_ns(make, reads))
            spent, ratio, paid = read_through(make, reads, costs)
            reads_through[name].append(spent)
            quality[name] = (ratio, paid)
    base_hit = statistics.median(hits["cachetools LRU"])
    base_read = statistics.median(reads_through["cachetools LRU"])
    rows = []
    for name in caches:
        hit, read = statistics.median(hits[name]), statistics.median(reads_through[name])
        row = {
            "cache": name,
            "hit_ns": round(hit, 1),
            "hit_ratio_to_cachetools": round(hit / base_hit, 3),
            "read_through_ns": round(read, 1),
            "read_through_ratio_to_cachetools": round(read / base_read, 3),
            "bytes_per_item": round(bytes_per_item(name), 1),
            "hit_ratio": round(quality[name][0], 4),
            "cost_paid": round(quality[name][1], 4),
        }
        rows.append(row)
        print(row)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
