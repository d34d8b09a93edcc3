"""The stand-ins for Lambada and OpenAssistant over 100 seeds, on the artifact's terms.

python benchmarks/reproduction/datasets.py
"""

from itertools import product

from _recording import Stopwatch, record
from msgspec.structs import asdict

from pantler.simulator.reproduce.dataset_report import ARTIFACT_PENALTY, cells
from pantler.simulator.reproduce.datasets import LAMBADA, OPENASSISTANT, Case, run
from pantler.simulator.reproduce.standins import Terms

SEEDS = range(100)

if __name__ == "__main__":
    for data_set in (LAMBADA, OPENASSISTANT):
        took = Stopwatch()
        rows = []
        for stand_in, accuracy, alpha in product(data_set.stand_ins, data_set.accuracies, data_set.alphas):
            case = Case(data_set, stand_in, Terms(alpha, ARTIFACT_PENALTY, coin_per_query=False), accuracy)
            rows += [asdict(cell) for cell in cells(case, run(case, SEEDS, lambda: None))]
        record(data_set.name, rows, seeds=f"seeds {SEEDS[0]} to {SEEDS[-1]}", took=took)
