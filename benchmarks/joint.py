"""Caches and multiplexers, apart and together, on recorded outcomes: the figures of hit-amortised choice.

Two sets, three popularities, two penalties, three shares of rated serves. The best pair that was chosen apart is chosen
on other mappings than those on which it is scored. Prints commit, versions and seed; writes results/joint.csv.

    python benchmarks/joint.py [OUTCOMES_FOLDER] [TRACE] [SET ...] [--only zipf|trace] [--inner]

Rows of sets that are not named stay as they were; so do those of the trace with --only zipf, and the others with --only
trace.

With --inner half of the training queries is fitted to and the other half asked, into results/joint_inner.csv: by that
settings are chosen.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _arguments import DATA, outcome_arguments, parsed
from _record import announced, recorded, write
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
SHOWN = ("hit-amortised", "hit-amortised, single calls", "best pair", "best pair, drops")
ANOTHER = ", drops and asks another"
RESULTS = Path(__file__).parent / "results"
TRACE = str(DATA / "traces" / "caffeine-misc" / "scarab-recs.trace.xz")


@dataclass(frozen=True)
class Turns:
    """How many mappings are scored, and on how many others the best pair is chosen, with which draws."""

    scored: list[Draw]
    choosing: list[Draw]


def turns(popularity: str, difficulty: NDArray[np.float64]) -> Turns:
    """30 mappings of ranks to questions, or 8 of a trace's keys, and a few from another seed."""
    scored, choosing = (30, 4) if popularity.startswith("zipf") else (8, 1)
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
    rows = together(fitted, terms.penalty)
    named = {"best pair": best(kept, of, terms), **({"best pair, drops": best(dropped, of, terms)} if dropped else {})}
    scored = [*rows, *named.values()]
    came = raced(scored, of.scored, terms, nothing)
    costs = came[:, :, 0] + terms.penalty * came[:, :, 1]
    names = [*(each.multiplexer for each in rows), *named]
    bases = {"paper": names.index(PAPER), "pair": names.index("best pair"), "pair_drops": len(names) - 1}
    bases["ours"] = names.index("hit-amortised")
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


def measured(fitted: Known, popularity: str, difficulty: NDArray[np.float64]) -> list[dict[str, object]]:
    """Every penalty and share of ratings under one popularity."""
    of = turns(popularity, difficulty)
    rows: list[dict[str, object]] = []
    for penalty in PENALTIES:
        for feedback in FEEDBACK if popularity in ZIPFS else OF_TRACE:
            terms = Terms(penalty, feedback, len(of.scored[0].questions) // 10)
            about: dict[str, object] = {"popularity": called(popularity)}
            about |= {"penalty": penalty, "feedback": feedback, "mappings": len(of.scored)}
            about["requests"] = len(of.scored[0].keys)
            for row in cell(fitted, of, terms):
                rows.append({**about, **row})
                if row["row"] in SHOWN:
                    print(*about.values(), *(row[name] for name in ("row", "to_paper", "to_pair_drops")), flush=True)
    return rows


def called(popularity: str) -> str:
    """As the table has it."""
    return Path(popularity).name.partition(".trace")[0]


def rounded(row: dict[str, object]) -> dict[str, object]:
    """In five digits."""
    return {head: f"{value:.5g}" if isinstance(value, float) else value for head, value in row.items()}


def main() -> None:
    """The sets under every popularity."""
    parser = outcome_arguments(__doc__, RESULTS / "joint.csv")
    parser.add_argument("trace", nargs="?", default=TRACE, help="whose popularity is tried beside two made ones")
    parser.add_argument("sets", nargs="*", metavar="SET", default=SETS)
    parser.add_argument("--only", choices=("zipf", "trace"), help="these popularities alone")
    parser.add_argument("--inner", action="store_true", help="fit to half of the training queries and ask the other")
    options = parsed(parser)
    origin = announced(SEED)
    path = options.out.with_stem(f"{options.out.stem}_inner") if options.inner else options.out
    every = (*ZIPFS, options.trace)
    tried = {"zipf": ZIPFS, "trace": (options.trace,)}.get(options.only, every)
    made = {(name, called(popularity)) for name in options.sets for popularity in tried}
    rows: list[dict[str, object]] = [dict(row) for row in recorded(path) if (row["set"], row["popularity"]) not in made]
    order = [(name, called(popularity)) for name in SETS for popularity in every]
    for name in options.sets:
        train, test = splits(options.folder, name)
        train, test = halved(train) if options.inner else (train, test)
        fitted = known(train, test, Reading(WordLlama()), nothing)
        for popularity in tried:
            found = measured(fitted, popularity, test.scores.mean(axis=1))
            rows += [rounded({"set": name, **row}) | origin for row in found]
            write(path, sorted(rows, key=lambda row: order.index((str(row["set"]), str(row["popularity"])))), origin)


if __name__ == "__main__":
    main()
