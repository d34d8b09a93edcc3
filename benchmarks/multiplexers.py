"""Every multiplexer on every set of recorded outcomes: fitted on its train split, reported on its test split.

Then the learned one fitted to 500 training queries only, mean of ten draws, beside the random mix. Prints commit,
versions and seed; writes results/multiplexers.csv and results/multiplexers_small.csv. Needs the outcome files in the
folder that is named on the command line.
"""

import csv
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from _record import provenance

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.evaluation.lineup import Lineup
from pantler.simulator.evaluation.measuring import Row
from pantler.simulator.evaluation.multiplexers import evaluated
from pantler.texts.reading import Reading
from pantler.traces.outcomes import read_outcomes

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
RESULTS = Path(__file__).parent / "results"


def lineup(folder: Path, name: str, draw: int | None = None) -> Lineup:
    """A set's contenders, fitted to all training queries, or to FEW of them."""
    file, pool = SETS[name]
    outcomes = read_outcomes(folder / f"{file}.parquet", pool=[model for model in pool.split(",") if model])
    train, test = outcomes.split("train"), outcomes.split("test")
    if draw is not None:
        chosen = np.random.default_rng(draw).permutation(len(train))[:FEW]
        train = train.rows(np.sort(chosen))
    return Lineup(train, test, Reading(WordLlama()))


def no_bar(_what: str, _total: int) -> Callable[[int], None]:
    """Nothing is shown while it runs."""
    return lambda _: None


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """All rows, each with where it comes from."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], *provenance(SEED)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **provenance(SEED)} for row in rows)


def whole(folder: Path) -> None:
    """Every set with all of its training queries."""
    rows: list[dict[str, object]] = []
    for name in SETS:
        for row in evaluated(lineup(folder, name), no_bar).rows:
            rows.append({"set": name, **asdict(row)})
            print(name, row.multiplexer, *(f"{value:.3f}" for value in (row.aiq, row.aiq_gain_low, row.aiq_gain_high)))
            sys.stdout.flush()
        write(RESULTS / "multiplexers.csv", rows)


def small(folder: Path) -> None:
    """Every set with few of them, drawn ten times."""
    rows: list[dict[str, object]] = []
    for name in SETS:
        found: list[tuple[Row, Row]] = []
        for draw in range(DRAWS):
            measured = {row.multiplexer: row for row in evaluated(lineup(folder, name, draw), no_bar).rows}
            found.append((measured["learned"], measured["random mix"]))
        gains = [learned.aiq - mix.aiq for learned, mix in found]
        error = float(np.mean([(learned.aiq_gain_high - learned.aiq_gain_low) / 3.92 for learned, _ in found]))
        rows.append({"set": name, "gain": float(np.mean(gains)), "bootstrap_error": error, "least": min(gains)})
        print(rows[-1], flush=True)
        write(RESULTS / "multiplexers_small.csv", rows)


if __name__ == "__main__":
    data = Path(sys.argv[1])
    if "small" in sys.argv[2:]:
        small(data)
    else:
        whole(data)
