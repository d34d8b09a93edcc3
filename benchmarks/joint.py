"""Caches and multiplexers, apart and together, on recorded outcomes: the figures of hit-amortised choice.

Two sets, three popularities, two penalties, three shares of rated serves. The best pair that was chosen apart is chosen
on other mappings than those on which it is scored. Prints commit, versions and seed; writes results/joint.csv.

    python benchmarks/joint.py OUTCOMES_FOLDER TRACE [--inner]

With --inner half of the training queries is fitted to and the other half asked, which is how settings are chosen.
"""

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _record import provenance
from multiplexers import splits
from numpy.typing import NDArray

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.joint.drawing import Mappings, drawing
from pantler.simulator.joint.evaluation import raced
from pantler.simulator.joint.known import Known, known
from pantler.simulator.joint.lane import Draw, Terms
from pantler.simulator.joint.lineup import PAPER, Contestant, apart, together
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

SEED = 0
SETS = ("mmlu_pro_api", "llmrouter11")
ZIPFS = ("zipf:0.8", "zipf:1.1")
PENALTIES = (10.0, 30.0)
FEEDBACK, OF_TRACE = (0.0, 0.01, 0.05), (0.0, 0.05)
CACHES = ("lru", "lfu", "gdsf_remembered", "lec")
ANOTHER = ", drops and asks another"
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Turns:
    """How many mappings are scored, and on how many others the best pair is chosen, with which draws."""

    scored: list[Draw]
    choosing: list[Draw]


def turns(popularity: str, difficulty: NDArray[np.float64]) -> Turns:
    """60 mappings of ranks to questions, or 8 of a trace's keys, and a few from another seed."""
    scored, choosing = (60, 6) if popularity.startswith("zipf") else (8, 1)
    made = [
        drawing(popularity, difficulty, Mappings(count, seed=seed))
        for count, seed in ((scored, SEED), (choosing, SEED + 1))
    ]
    return Turns([made[0](turn) for turn in range(scored)], [made[1](turn) for turn in range(choosing)])


def nothing(_: int) -> None:
    """Nothing is shown while it runs."""


def best(contestants: list[Contestant], of: Turns, terms: Terms) -> Contestant:
    """The one of least true cost on the mappings that are not scored."""
    came = raced(contestants, of.choosing, terms, nothing).mean(axis=1)
    return contestants[int(np.argmin(came[:, 0] + terms.penalty * came[:, 1]))]


def cell(fitted: Known, of: Turns, terms: Terms) -> list[dict[str, object]]:
    """The rows that are scored, each beside the paper's rule and beside the best pairs."""
    every = apart(fitted, terms.penalty, CACHES, rated=terms.feedback > 0.0)
    kept = [each for each in every if "drops" not in each.multiplexer]
    dropped = [each for each in every if each.multiplexer.endswith(ANOTHER)]
    rows = together(fitted)
    named = {"best pair": best(kept, of, terms), **({"best pair, drops": best(dropped, of, terms)} if dropped else {})}
    scored = [*rows, *named.values()]
    came = raced(scored, of.scored, terms, nothing)
    costs = came[:, :, 0] + terms.penalty * came[:, :, 1]
    names = [*(each.multiplexer for each in rows), *named]
    bases = {"paper": names.index(PAPER), "pair": names.index("best pair"), "pair_drops": len(names) - 1}
    found: list[dict[str, object]] = []
    for place, name in enumerate(names):
        row: dict[str, object] = {"row": name, "cache": scored[place].cache, "multiplexer": scored[place].multiplexer}
        row |= {"price": came[place, :, 0].mean(), "wrong": came[place, :, 1].mean(), "true_cost": costs[place].mean()}
        for base, at in bases.items():
            row[f"to_{base}"], row[f"to_{base}_error"] = ratio(costs[place], costs[at])
        found.append(row)
    return found


def ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> tuple[float, float]:
    """The ratio of the sums over mappings, with its standard error."""
    found = float(ours.sum() / theirs.sum())
    error = float((ours - found * theirs).std() / theirs.mean() / np.sqrt(len(ours)))
    return found, error


def halved(train: Outcomes) -> tuple[Outcomes, Outcomes]:
    """The training queries, half of them to fit to and half to ask."""
    drawn = np.random.default_rng(SEED).permutation(len(train))
    middle = len(train) // 2
    return train.rows(np.sort(drawn[:middle])), train.rows(np.sort(drawn[middle:]))


def main(folder: Path, trace: str, path: Path, halve: Callable[[Outcomes], tuple[Outcomes, Outcomes]] | None) -> None:
    """Every set, popularity, penalty and share."""
    rows: list[dict[str, object]] = []
    noted = provenance(SEED)
    print(noted)
    for name in SETS:
        train, test = splits(folder, name)
        train, test = (train, test) if halve is None else halve(train)
        fitted = known(train, test, Reading(WordLlama()), nothing)
        for popularity in (*ZIPFS, trace):
            of = turns(popularity, test.scores.mean(axis=1))
            for penalty in PENALTIES:
                for feedback in FEEDBACK if popularity in ZIPFS else OF_TRACE:
                    terms = Terms(penalty, feedback, len(of.scored[0].questions) // 10)
                    about = {"set": name, "popularity": Path(popularity).name.partition(".trace")[0]}
                    about |= {"penalty": penalty, "feedback": feedback}
                    for row in cell(fitted, of, terms):
                        rows.append({**about, "mappings": len(of.scored), **row, **noted})
                        if row["row"] in {"hit-amortised", "best pair", "best pair, drops"}:
                            print(
                                *about.values(),
                                row["row"],
                                f"{row['to_paper']:.3f} {row['to_pair_drops']:.3f}",
                                flush=True,
                            )
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, rows[0], lineterminator="\n")
                writer.writeheader()
                writer.writerows(
                    {head: f"{value:.5g}" if isinstance(value, float) else value for head, value in each.items()}
                    for each in rows
                )


if __name__ == "__main__":
    is_inner = "--inner" in sys.argv
    out = RESULTS / ("joint_inner.csv" if is_inner else "joint.csv")
    main(Path(sys.argv[1]), sys.argv[2], out, halved if is_inner else None)
