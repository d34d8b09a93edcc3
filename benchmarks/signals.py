"""What is gained by learning how far users' thumbs are to be believed from a few answers that are tested as well.

    python benchmarks/signals.py

Made answers of which three in ten are wrong, each held to be wrong by a chance drawn around the truth. Every one has a
thumb, true as often as said; a share of them is tested too. Prints commit, versions and seed, and writes
results/signals.csv.
"""

from math import log
from pathlib import Path
from random import Random
from statistics import mean, stdev

from _arguments import arguments
from _record import announced, write

from pantler.learning.signals import Signals, chance_of, log_odds

RESULTS = Path(__file__).parent / "results"
ANSWERS, SEEDS = 4000, 10
RATES = (0.6, 0.75, 0.9)  # how often a thumb is true
TESTED = (0.0, 0.01, 0.05, 0.2)
SPREAD = 1.0  # of what was held of an answer beforehand, in log-odds around three in ten


def run(rate: float, tested: float, seed: int) -> tuple[float, float]:
    """The reliability that was learned, and the log-loss of the labels of answers that only have a thumb."""
    rng, signals = Random(seed), Signals()
    answers = []
    for _ in range(ANSWERS):
        odds = rng.gauss(log_odds(0.3), SPREAD)
        chance = chance_of(odds)
        is_wrong = rng.random() < chance
        words = {"thumbs": float(is_wrong != (rng.random() < rate))}
        if rng.random() < tested:
            words["test"] = float(not is_wrong)
            signals.learn(chance, words)
        else:
            answers.append((chance, is_wrong, words))
    labels = [(signals.wrong(chance, words), is_wrong) for chance, is_wrong, words in answers]
    loss = mean(-log(label if is_wrong else 1.0 - label) for label, is_wrong in labels)
    return mean(signals.reliability("thumbs", good) for good in (0.0, 1.0)), loss


def main() -> None:
    """Measure, record."""
    out = arguments(__doc__, RESULTS / "signals.csv").parse_args().out
    origin = announced(0)
    rows = []
    for rate in RATES:
        for tested in TESTED:
            learned, losses = zip(*(run(rate, tested, seed) for seed in range(SEEDS)), strict=True)
            row = {
                "true": rate,
                "tested": tested,
                "reliability": f"{mean(learned):.4f}",
                "log_loss": f"{mean(losses):.4f}",
                "log_loss_se": f"{stdev(losses) / SEEDS**0.5:.4f}",
            }
            rows.append(row)
            print(row)
    write(out, rows, origin)


if __name__ == "__main__":
    main()
