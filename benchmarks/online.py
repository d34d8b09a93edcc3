"""Online learning on every large set of recorded outcomes: fitted on its train split, its test split as a stream.

Then what begins from nothing on all queries of a set, as nothing was fitted. Prints commit, versions and seeds; writes
results/online.csv.

    python benchmarks/online.py [OUTCOMES_FOLDER] [SET ...] [--only MULTIPLEXER ...]

With --only these alone are run, beside what needs no learning. Rows that are not run stay as they were.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, write
from multiplexers import RESULTS, SETS, no_bar

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.online import NANO, evaluated_online
from pantler.simulator.evaluation.streaming import CONTENDERS, Regime, Streamed, streamed
from pantler.simulator.evaluation.streams import Stream
from pantler.simulator.fitting.charging import charges
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

LARGE = ("llmrouter11", "mmlu_pro_api", "mmlu_pro_open", "routellm_mmlu")
SEEDS = 2
UNFITTED = Regime(seeds=5, among=("from nothing", "tabular"))  # which need not be fitted
RESULT = RESULTS / "online.csv"


def all_of(outcomes: Outcomes, reading: Reading) -> Stream:
    """All queries, of which nothing is known but what each model charges."""
    train = outcomes.split("train")
    single = singles(train.scores, train.costs)
    return Stream(
        models=outcomes.models,
        reference=single.best,
        value=UNFITTED.penalty * NANO * single.point(single.best)[0],
        expected=NANO * charges(train).expected(outcomes.tokens_in),
        costs=NANO * outcomes.costs,
        wrong=np.full(outcomes.scores.shape, 0.5),
        labels=1.0 - outcomes.scores,
        vectors=np.stack([each.vector for each in reading.many(outcomes.prompts)]),
    )


def measured(outcomes: Outcomes, reading: Reading, only: Sequence[str]) -> Iterator[tuple[str, int, Streamed]]:
    """The stream, its length and each row."""
    train, test = outcomes.split("train"), outcomes.split("test")
    for row in evaluated_online(train, test, reading, Regime(seeds=SEEDS, among=tuple(only)), no_bar):
        yield "test", len(test), row
    unfitted = replace(UNFITTED, among=tuple(name for name in UNFITTED.among if name in only))
    for row in streamed(all_of(outcomes, reading), "steady", unfitted, no_bar("", 0)):
        if row.multiplexer != "frozen":
            yield "all", len(outcomes), row


def kept(path: Path, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The recorded rows, with new ones in place of those of their kind, set by set."""
    every: dict[tuple[object, ...], dict[str, object]] = {}
    if path.exists():
        with path.open(newline="") as file:
            blank = dict.fromkeys(rows[0], "")
            every = {key(row): {**blank, **row} for row in csv.DictReader(file)}
    every |= {key(row): row for row in rows}
    return sorted(every.values(), key=lambda row: LARGE.index(str(row["set"])))


def key(row: Mapping[str, object]) -> tuple[object, ...]:
    """What a row is of."""
    return tuple(row[name] for name in ("set", "stream", "scenario", "multiplexer"))


def main() -> None:
    """Every set, one after the other."""
    parser = outcome_arguments(__doc__, RESULT)
    parser.add_argument("sets", nargs="*", metavar="SET", default=LARGE)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS, help="these alone")
    options = parsed(parser)
    origin = announced(SEEDS)
    reading = Reading(WordLlama())
    for name in options.sets:
        file, pool = SETS[name]
        rows: list[dict[str, object]] = []
        outcomes = read_outcomes(options.folder / f"{file}.parquet", pool=[each for each in pool.split(",") if each])
        for stream, queries, row in measured(outcomes, reading, options.only):
            told = {name: value if isinstance(value, str) else round(value, 4) for name, value in asdict(row).items()}
            seeds = {"seed": UNFITTED.seeds if stream == "all" else SEEDS}
            rows.append({"set": name, "stream": stream, "queries": queries, **told, **origin, **seeds})
            print(*list(rows[-1].values())[:12], flush=True)
        write(options.out, kept(options.out, rows), {})


if __name__ == "__main__":
    main()
