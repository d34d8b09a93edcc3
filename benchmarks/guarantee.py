"""How often the guarantee of few wrong answers below the reference is broken, on every set of recorded outcomes.

Fitted to the train split; 100 times a quarter of the test split certifies and the rest is asked. Prints commit,
versions and seed; writes results/guarantee.csv. Needs the outcome files in the folder that is named on the command
line; names of sets after it run those only.
"""

import sys
from dataclasses import asdict
from pathlib import Path

from _record import announced, write
from multiplexers import SETS, splits

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.guarantee import Terms, kept, prepared
from pantler.texts.reading import Reading

SEED = 0
ALPHAS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
DELTA = 0.05
RESULT = Path(__file__).parent / "results" / "guarantee.csv"


def main(folder: Path, names: list[str]) -> None:
    """Every set at every alpha."""
    origin = announced(SEED)
    rows: list[dict[str, object]] = []
    for name in names or SETS:
        found = prepared(*splits(folder, name), Reading(WordLlama()), lambda _: None)
        for alpha in ALPHAS:
            row = kept(found, Terms(alpha, DELTA, seed=SEED))
            rows.append({"set": name, **asdict(row)})
            print(name, alpha, f"{row.certified} certified, {row.violations} violations", flush=True)
        write(RESULT, rows, origin)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
