"""Cost saved by `auto` against the best of its candidates, SIEVE, S3-FIFO and LEC with admission.

Seven traces at four capacities, costs by the fixed hash of the key (Mooncake and the CDN keep what they recorded). The
bar of a row is the best of the single policies; 24 of the 28 rows are to reach 0.98 of it, and all of them 0.90. Every
row is printed and goes, with commit, versions and seed, into results/auto.csv; a second table for traces that nobody
tuned to is made with --trace.

    python benchmarks/auto.py [--trace FILE ...] [--only web12,corda] [--data FOLDER] [--out FILE]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from _record import announced, write

from pantler.core.capacity import parse_share
from pantler.core.seams import Score
from pantler.policies.lec_decayed import LECDecayed
from pantler.simulator.replay import replay
from pantler.simulator.sweep import sweep
from pantler.traces.costs import with_own_costs
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "traces"
TRACES = {
    "orm-busy": "cache2k/orm-busy.trace.xz",
    "web12": "cache2k/web12.trace.xz",
    "scarab": "caffeine-misc/scarab-recs.trace.xz",
    "corda": "caffeine-misc/corda_vaultservice.gz",
    "cdn": "caffeine-misc/adaptsize_request.trace.xz",
    "mooncake": "mooncake/conversation_trace.jsonl.xz",
}
SEED = 1
ZIPF = f"zipf:alpha=0.9,keys=1000000,requests=3000000,seed={SEED}"
CAPACITIES = ("0.5%", "2%", "10%", "30%")
SINGLES: dict[str, str | Score] = {
    "gdsf_remembered": "gdsf_remembered",
    "gdsf": "gdsf",
    "lec_open": "lec_open",
    "lec_decayed_4": LECDecayed(half_life=4.0),
    "lec_decayed_32": LECDecayed(half_life=32.0),
    "lru": "lru",
    "lec": "lec",
    "sieve": "sieve",
    "s3_fifo": "s3_fifo",
}
LINES = {0.98: 24, 0.90: 28}  # share of the bar, and how many of the 28 rows are to reach it
RESULTS = Path(__file__).parent / "results" / "auto.csv"


def traces(options: argparse.Namespace) -> Iterator[tuple[str, Trace]]:
    """The traces to run, each by its name."""
    if options.trace:
        yield from ((Path(path).name, open_trace(path)) for path in options.trace)
        return
    for name in options.only.split(",") if options.only else [*TRACES, "zipf"]:
        yield name, generate(ZIPF) if name == "zipf" else open_trace(options.data / TRACES[name])


def row(name: str, trace: Trace, capacity: str) -> dict[str, object]:
    """What every policy saved at one capacity, and the ratio of `auto` to the best of the others."""
    capacity_bytes = parse_share(capacity, footprint=trace.footprint)
    singles = sweep(trace, list(SINGLES.values()), [capacity_bytes])
    saved = {policy: result.cost_saved for policy, result in zip(SINGLES, singles, strict=True)}
    auto = replay(trace, "auto", capacity_bytes)
    bar = max(saved.values())
    return {
        "trace": name,
        "capacity": capacity,
        **{policy: round(share, 4) for policy, share in saved.items()},
        "auto": round(auto.cost_saved, 4),
        "ratio": round(auto.cost_saved / bar, 4) if bar else 1.0,
        "auto_us_per_request": round(1e6 * auto.seconds / auto.requests, 2),
    }


def main() -> None:
    """Run every row, print it, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", action="append", help="a trace of your own, instead of the seven")
    parser.add_argument("--only", help="some of the seven, by name")
    parser.add_argument("--data", type=Path, default=DATA, help="where the recorded traces are")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    origin = announced(SEED)
    rows = []
    for name, trace in traces(options):
        costed = with_own_costs(trace)
        for capacity in CAPACITIES:
            rows.append(row(name, costed, capacity))
            print(rows[-1], flush=True)
    ratios = [float(str(made["ratio"])) for made in rows]
    for share, wanted in LINES.items():
        reached = sum(ratio >= share for ratio in ratios)
        print(f"{reached} of {len(rows)} rows at {share} or more; {wanted} of 28 wanted")
    print(f"least {min(ratios)}")
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
