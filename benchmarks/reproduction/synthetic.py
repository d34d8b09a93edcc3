"""The 72 synthetic cells over 500 seeds: the artifact's own, then 500 others.

python benchmarks/reproduction/synthetic.py
"""

from _recording import Stopwatch, record
from msgspec.structs import asdict

from pantler.simulator.reproduce.synthetic import Mode, run
from pantler.simulator.reproduce.synthetic_report import cells

SEEDS = 500
PASSES: tuple[tuple[Mode, int], ...] = (("faithful", 0), ("corrected", 0), ("faithful", 1000))

if __name__ == "__main__":
    for mode, first in PASSES:
        took = Stopwatch()
        found = cells(run(range(first, first + SEEDS), mode, lambda: None), mode)
        rows = [asdict(cell) for cell in found]
        record(f"synthetic-{mode}-{first}", rows, seeds=f"seeds {first} to {first + SEEDS - 1}", took=took)
