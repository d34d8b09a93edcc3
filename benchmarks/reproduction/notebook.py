"""The notebook's figure over 100 runs, with its fault and without.

python benchmarks/reproduction/notebook.py
"""

from _recording import Stopwatch, record
from msgspec.structs import asdict

from pantler.simulator.reproduce.notebook import run
from pantler.simulator.reproduce.notebook_report import cells, regrets

RUNS, SEED = 100, 0

if __name__ == "__main__":
    took = Stopwatch()
    costs = run(RUNS, seed=SEED, on_run=lambda: None)
    seeds = f"{RUNS} runs from seed {SEED}"
    record("notebook", [asdict(cell) for cell in cells(costs)], seeds=seeds, took=took)
    record("regret", [asdict(point) for point in regrets(costs)], seeds=seeds, took=took)
