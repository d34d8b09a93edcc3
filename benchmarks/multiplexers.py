"""Every multiplexer on every set of recorded outcomes: fitted on its train split, reported on its test split.

Or, with `small`, the learned one fitted to 500 training queries only, mean of ten draws, beside the random mix. With
--only these sets alone; rows of others stay as they were. Prints commit, versions and seed; writes
results/multiplexers.csv or results/multiplexers_small.csv.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, recorded, write
from numpy.typing import NDArray

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.lineup import Lineup
from pantler.simulator.evaluation.measuring import Contender, measured
from pantler.simulator.evaluation.multiplexers import evaluated
from pantler.simulator.evaluation.resampling import curve_intervals
from pantler.simulator.evaluation.sweeping import Sweep, area, ladder, swept
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

SEED = 0
OPEN = (
    "Meta-Llama-3.1-70B-Instruct,Meta-Llama-3.1-8B-Instruct,Mixtral-8x7B-Instruct-v0.1,Phi-3-mini-4k-instruct,"
    "mathstral-7B,Qwen1.5-72B-Chat,Mistral-7B-Instruct-v0.2,Qwen1.5-7B-Chat,c4ai-command-r-v01"
)
API = (
    "gemini-1.5-pro-002,gemini-1.5-flash-002,Meta-Llama-3.1-70B-Instruct,Meta-Llama-3.1-8B-Instruct,mathstral-7B,"
    "Phi-3-mini-4k-instruct,Mixtral-8x7B-Instruct-v0.1,jamba-1.5-large"
)
ZERO = (
    "gemini-1.5-flash,gemini-1.5-pro,gpt-3.5-turbo-0125,gpt-4o-mini-2024-07-18,gpt-4o-2024-08-06,"
    "claude-3-haiku-20240307,claude-3-5-haiku-20241022,claude-3-5-sonnet-20241022,deepseek-v2.5-0908,"
    "Meta-Llama-3.1-8B-Instruct,Meta-Llama-3.1-70B-Instruct,Qwen2.5-72B-Instruct,Mistral-Large-2,grok-2-1212"
)
SETS = {
    "zeroeval_crux": ("zeroeval_crux", ZERO),
    "zeroeval_math_l5": ("zeroeval_math_l5", ZERO),
    "routellm_mmlu": ("routellm_mmlu", ""),
    "llmrouter11": ("llmrouter11", ""),
    "mmlu_pro_api": ("mmlu_pro", API),
    "mmlu_pro_open": ("mmlu_pro", OPEN),
}
DRAWS = 10
FEW = 500
ENDS = ("low", "high")
RESULTS = Path(__file__).parent / "results"


def splits(folder: Path, name: str) -> tuple[Outcomes, Outcomes]:
    """A set's training and test queries."""
    file, pool = SETS[name]
    outcomes = read_outcomes(folder / f"{file}.parquet", pool=[model for model in pool.split(",") if model])
    return outcomes.split("train"), outcomes.split("test")


def labels(outcomes: Outcomes) -> NDArray[np.float32]:
    """How wrong each answer was."""
    return (1.0 - outcomes.scores).astype(np.float32)


def no_bar(_what: str, _total: int) -> Callable[[int], None]:
    """Nothing is shown while it runs."""
    return lambda _: None


def others(out: Path, names: Sequence[str]) -> list[dict[str, object]]:
    """The rows that were recorded of other sets."""
    return [dict(row) for row in recorded(out) if row["set"] not in names]


def whole(folder: Path, out: Path, names: Sequence[str]) -> None:
    """These sets with all of their training queries."""
    origin = announced(SEED)
    rows, before = list[dict[str, object]](), others(out, names)
    for name in names:
        lineup = Lineup(*splits(folder, name), Reading(WordLlama()))
        found = evaluated(lineup, no_bar)
        for row, contender in zip(found.rows, found.contenders, strict=True):
            sure = curve_intervals(contender.sweep, lineup.test)
            ends = {f"{of}_{end}": value for of, each in sure.items() for end, value in zip(ENDS, each, strict=True)}
            rows.append({"set": name, **asdict(row), **ends})
            print(name, row.multiplexer, *(f"{value:.3f}" for value in (row.aiq, row.aiq_gain_low, row.aiq_gain_high)))
            sys.stdout.flush()
        write(out, [*rows, *before], origin)


def small(folder: Path, out: Path, names: Sequence[str]) -> None:
    """These sets with few of them, drawn ten times."""
    origin = announced(SEED)
    rows, before = list[dict[str, object]](), others(out, names)
    for name in names:
        train, test = splits(folder, name)
        reading = Reading(WordLlama())
        known, asked = (Labelled(reading.many(each.prompts), labels(each)) for each in (train, test))
        single = singles(test.scores, test.costs)
        mix = Sweep(test.costs.T, test.scores.T)
        gains = []
        for draw in range(DRAWS):
            rows_drawn = np.sort(np.random.default_rng(draw).permutation(len(train))[:FEW])
            part = train.rows(rows_drawn)
            charged = charges(part)
            wrong = said(appraised(part, known.rows(rows_drawn), charged).mean, asked)
            tokens = lengths(known.rows(rows_drawn).traits, part.tokens_out).tokens(asked.traits)
            expected = charged.expected(test.tokens_in, tokens)
            sweep = swept(expected, wrong, (test.costs, test.scores), ladder(single))
            gains.append(area(sweep, single) - area(mix, single))
        row = measured(Contender("learned", sweep), test, mix)  # the error of the last draw stands for all
        error = (row.aiq_gain_high - row.aiq_gain_low) / 3.92
        rows.append({"set": name, "gain": float(np.mean(gains)), "bootstrap_error": error, "least": min(gains)})
        print(rows[-1], flush=True)
        write(out, [*rows, *before], origin)


def main() -> None:
    """All of the training queries, or few."""
    parser = outcome_arguments(__doc__, RESULTS / "multiplexers.csv")
    parser.add_argument("part", nargs="?", choices=["small"], help="fitted to few queries")
    parser.add_argument("--only", nargs="+", metavar="SET", choices=list(SETS), default=list(SETS))
    options = parsed(parser)
    if options.part:
        small(options.folder, options.out.with_stem(f"{options.out.stem}_small"), options.only)
    else:
        whole(options.folder, options.out, options.only)


if __name__ == "__main__":
    main()
