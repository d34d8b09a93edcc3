"""How often the guarantee of few wrong answers below the reference is broken, on every set of recorded outcomes.

Fitted to the train split; 100 times a quarter of the test split certifies and the rest is asked. Prints commit,
versions and seed; writes results/guarantee.csv. Names of sets after the folder of outcome files run those only.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from _arguments import outcome_arguments, parsed
from _record import announced, write
from multiplexers import SETS, splits

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.guarantee import Promised, kept, prepared
from pantler.texts.reading import Reading

SEED = 0
ALPHAS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
DELTA = 0.05
RESULT = Path(__file__).parent / "results" / "guarantee.csv"


def main() -> None:
    """Every set at every alpha."""
    parser = outcome_arguments(__doc__, RESULT)
    parser.add_argument("names", nargs="*", metavar="SET", help="all where none is named")
    options = parsed(parser)
    names: Sequence[str] = options.names or list(SETS)
    origin = announced(SEED)
    rows: list[dict[str, object]] = []
    for name in names:
        found = prepared(*splits(options.folder, name), Reading(WordLlama()), lambda _: None)
        for alpha in ALPHAS:
            row = kept(found, Promised(alpha, DELTA, seed=SEED))
            rows.append({"set": name, **asdict(row)})
            print(name, alpha, f"{row.certified} certified, {row.violations} violations", flush=True)
        write(options.out, rows, origin)


if __name__ == "__main__":
    main()
