"""How far `pantler simulate --sample` is from the whole trace, beside the error that it prints.

A Zipf draw and one recorded trace, costs by the fixed hash of the key; every policy at every capacity, first over the
whole trace, then over eight samples at each rate. `rmse` is the root of the mean squared difference in cost saved,
`printed` the mean of the errors printed, `within` the share of the samples that are off by less than they print. Every
row is printed and goes, with commit, versions and seed, into results/sampling.csv.

    python benchmarks/sampling.py [--data FOLDER] [--out FILE]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _record import announced, write

import pantler
from pantler.simulator.report import Report
from pantler.simulator.simulation import Sampling
from pantler.traces.costs import with_own_costs
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "traces"
SEED = 1
ZIPF = f"zipf:alpha=0.9,keys=1000000,requests=3000000,seed={SEED}"
SCARAB = "caffeine-misc/scarab-recs.trace.xz"
POLICIES = ("lru", "gdsf_remembered", "lec")
CAPACITIES = ("0.5%", "2%", "10%", "30%")
RATES = (0.1, 0.03, 0.01)
DRAWS = 8
RESULTS = Path(__file__).parent / "results" / "sampling.csv"


def rows(name: str, trace: Trace) -> Iterator[dict[str, object]]:
    """A row for every rate, capacity and policy."""
    whole = pantler.simulate(trace, policies=POLICIES, capacities=CAPACITIES, bounds=())
    for rate in RATES:
        samples = [
            pantler.simulate(trace, policies=POLICIES, capacities=CAPACITIES, bounds=(), sample=Sampling(rate, seed))
            for seed in range(DRAWS)
        ]
        for place, exact in enumerate(whole.rows):
            yield {
                "trace": name,
                "rate": rate,
                **compared(samples, place, exact.cost_saved),
                "exact": round(exact.cost_saved, 5),
            }


def compared(samples: list[Report], place: int, exact: float) -> dict[str, object]:
    """How far the samples' rows at `place` are from the exact cost saved."""
    found = [sample.rows[place] for sample in samples]
    row = found[0]
    away = np.array([row.cost_saved - exact for row in found])
    printed = np.array([sample.errors[row.policy][row.capacity] for sample in samples if sample.errors])
    return {
        "capacity": row.capacity,
        "policy": row.policy,
        "requests": round(float(np.mean([row.requests for row in found]))),
        "bias": round(float(away.mean()), 5),
        "rmse": round(float(np.sqrt(np.mean(away**2))), 5),
        "printed": round(float(printed.mean()), 5),
        "within": round(float(np.mean(np.abs(away) <= printed)), 3),
    }


def main() -> None:
    """Run every row, print it, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="where the recorded traces are")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    origin = announced(SEED)
    traces = {"zipf": generate(ZIPF), "scarab": with_own_costs(open_trace(options.data / SCARAB))}
    made = []
    for name, trace in traces.items():
        for row in rows(name, trace):
            made.append({**row, "share_of_requests": round(int(str(row["requests"])) / len(trace), 3)})
            print(made[-1], flush=True)
    write(options.out, made, origin)


if __name__ == "__main__":
    main()
