"""Made outcomes of two models: a cheap one that can add but not write, a dear one that can do both."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pantler.embedders.hashing import Hashing
from pantler.fitted import Fitted, write_fitted
from pantler.simulator.fitting.whole import Sought, fitted_to
from pantler.texts.reading import Reading
from pantler.traces.outcomes import read_outcomes

CHANCES = {"cheap": (0.95, 0.05), "dear": (0.95, 0.95)}  # of being right, at a sum and at a poem
COSTS = {"cheap": 3e-5, "dear": 3e-4}


def a_sum(number: int) -> str:
    return f"What is {number} plus 4?"


def a_poem(number: int) -> str:
    return f"Write a poem about the sea, number {number}."


def rows(queries: int) -> list[dict[str, Any]]:
    """In the tidy format, of both splits."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(queries):
        is_sum = rng.random() < 0.5
        for model, (at_sums, at_poems) in CHANCES.items():
            found.append({
                "query_id": f"q{number:04}", "prompt": a_sum(number) if is_sum else a_poem(number), "model": model,
                "score": float(rng.random() < (at_sums if is_sum else at_poems)), "cost_usd": COSTS[model],
                "tokens_in": 10, "tokens_out": 20, "split": "train" if number % 2 else "test",
            })  # fmt: skip
    return found


def written(path: Path, queries: int = 400) -> Path:
    """A Parquet file of them."""
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(rows(queries)), path)
    return path


@cache
def _fitted(folder: Path) -> Fitted:
    outcomes = read_outcomes(written(folder / "made.parquet"))
    found, _ = fitted_to(outcomes, Reading(Hashing()), Sought("hashing", 0.02))
    return found


def fitted_file(folder: Path) -> Path:
    """What was fitted to them."""
    path = folder / "route.pantler"
    write_fitted(_fitted(folder), path)
    return path
