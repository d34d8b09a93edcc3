"""Online learners beside what does not learn, on made outcomes, by the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.simulator.evaluation.streaming import CONTENDERS
from pantler.simulator.evaluation.streams import SCENARIOS, Stream

QUERIES = 2400


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cheap model that can add but not write, a middling one that can do either now and then, a dear one."""
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for number in range(QUERIES):
        is_sum = rng.random() < 0.5
        text = f"What is {number} plus 4?" if is_sum else f"Write a poem about the sea, number {number}."
        chances = (("cheap", 0.92 if is_sum else 0.1, 1.0), ("middle", 0.8, 5.0), ("dear", 0.92, 10.0))
        for model, chance, price in chances:
            rows.append({
                "query_id": f"q{number:04}", "prompt": text, "model": model, "score": float(rng.random() < chance),
                "cost_usd": price * 1e-5, "tokens_in": 10, "tokens_out": 20,
                "split": "train" if number % 3 == 0 else "test",
            })  # fmt: skip
    path = tmp_path_factory.mktemp("online") / "made.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", "online", *arguments], prog_name="pantler")


@pytest.fixture(scope="module")
def rows(file: Path) -> dict[tuple[str, str], dict[str, Any]]:
    result = run(str(file), "--embedder", "hashing", "--seeds", "1", "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert (shown["dataset"], shown["pool"]) == ("made", ["cheap", "dear", "middle"])
    return {(row["scenario"], row["multiplexer"]): row for row in shown["rows"]}


def test_every_contender_stands_in_every_scenario(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    names = ["best single", "frozen", *CONTENDERS]
    assert list(rows) == [(scenario, name) for scenario in SCENARIOS for name in names]


def test_learning_costs_next_to_nothing_where_nothing_changes(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert rows["steady", "warm"]["whole"] < rows["steady", "frozen"]["whole"] + 0.02
    assert rows["steady", "best single"]["whole"] == 1.0


@pytest.mark.parametrize("scenario", ["dearer", "spoilt", "newcomer"])
def test_who_learns_beats_who_does_not_once_something_has_changed(
    rows: dict[tuple[str, str], dict[str, Any]], scenario: str
) -> None:
    assert rows[scenario, "warm"]["changed"] < 0.98
    assert rows[scenario, "frozen"]["changed"] == 1.0


def test_the_table_is_shown_to_people(file: Path) -> None:
    result = run(str(file), "--embedder", "hashing", "--seeds", "1", "--penalty", "5")
    assert result.exit_code == 0, result.output
    assert "newcomer" in result.stdout
    assert "1600 streamed in 1 orders" in result.stdout


def test_one_split_cannot_be_fitted_to_and_streamed(file: Path) -> None:
    result = run(str(file), "--train-split", "test")
    assert result.exit_code == 2
    assert "name two splits" in result.stderr


def test_a_newcomer_is_no_choice_before_it_comes() -> None:
    even = np.full((9, 2), 1.0)
    wrong = np.tile([0.1, 0.5], (9, 1))
    stream = Stream(("one", "two"), 0, 10.0, even, even, wrong, wrong, np.zeros((9, 2), np.float32))
    changed = stream.changed("newcomer", 0)
    assert changed.absent == 0
    assert changed.reference == 1
    assert changed.frozen().tolist() == [1] * 9
