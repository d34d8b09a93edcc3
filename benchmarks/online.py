"""Online learning on every large set of recorded outcomes: fitted on its train split, its test split as a stream.

Then what begins from nothing on all queries of a set, as nothing was fitted. Prints commit, versions and seeds; writes
results/online.csv. Needs the outcome files in the folder that is named on the command line.
"""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from _record import announced, write
from multiplexers import RESULTS, SETS, no_bar

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.online import NANO, evaluated_online
from pantler.simulator.evaluation.streaming import Streamed, Trial, streamed
from pantler.simulator.evaluation.streams import Stream
from pantler.simulator.fitting.charging import charges
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

LARGE = ("llmrouter11", "mmlu_pro_api", "mmlu_pro_open", "routellm_mmlu")
SEEDS = 2
UNFITTED = Trial(seeds=SEEDS, among=("from nothing", "tabular"))


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


def measured(outcomes: Outcomes, reading: Reading) -> Iterator[tuple[str, int, Streamed]]:
    """The stream, its length and each row."""
    train, test = outcomes.split("train"), outcomes.split("test")
    for row in evaluated_online(train, test, reading, Trial(seeds=SEEDS), no_bar):
        yield "test", len(test), row
    for row in streamed(all_of(outcomes, reading), "steady", UNFITTED, no_bar("", 0)):
        if row.multiplexer != "frozen":
            yield "all", len(outcomes), row


def main() -> None:
    """Every set, one after the other."""
    origin = announced(SEEDS)
    reading = Reading(WordLlama())
    rows: list[dict[str, object]] = []
    for name in LARGE:
        file, pool = SETS[name]
        outcomes = read_outcomes(Path(sys.argv[1]) / f"{file}.parquet", pool=[each for each in pool.split(",") if each])
        for stream, queries, row in measured(outcomes, reading):
            told = {key: value if isinstance(value, str) else round(value, 4) for key, value in asdict(row).items()}
            rows.append({"set": name, "stream": stream, "queries": queries, **told})
            print(*list(rows[-1].values())[:11], flush=True)
    write(RESULTS / "online.csv", rows, origin)


if __name__ == "__main__":
    main()
