"""Multiplexers side by side on made outcomes, by the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.simulator.evaluation.calibration import calibration_error
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import VALUES, area, ladder, swept

KEYS = {
    "multiplexer", "aiq", "apgr", "c95", "c98", "c100", "pen10", "ece", "aiq_gain_low", "aiq_gain_high", "p50_us",
    "p95_us",
}  # fmt: skip


def outcomes(folder: Path, queries: int = 400) -> Path:
    """A cheap model that can add but not write, a dear one that can do both, most of the time."""
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for number in range(queries):
        is_sum = rng.random() < 0.5
        text = f"What is {number} plus 4?" if is_sum else f"Write a poem about the sea, number {number}."
        for model, chance, price in (("cheap", 0.9 if is_sum else 0.1, 1e-6), ("dear", 0.95, 1e-5)):
            rows.append({
                "query_id": f"q{number:04}", "prompt": text, "model": model, "score": float(rng.random() < chance),
                "cost_usd": price * 30, "tokens_in": 10, "tokens_out": 20, "answer": "", "source": f"made/{is_sum}",
                "split": "train" if number % 2 else "test",
            })  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "made.parquet")
    return folder / "made.parquet"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", "multiplexer", *arguments], prog_name="pantler")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = outcomes(tmp_path_factory.mktemp("evaluate"))
    result = run(str(path), "--embedder", "hashing", "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_every_row_has_the_same_columns(shown: dict[str, Any]) -> None:
    assert set(shown) == {"dataset", "pool", "rows"}
    assert (shown["dataset"], shown["pool"]) == ("made", ["cheap", "dear"])
    assert all(set(row) == KEYS for row in shown["rows"])
    names = [row["multiplexer"] for row in shown["rows"]]
    assert names[:2] == ["random mix", "best single"]
    assert names[-2:] == ["true category", "oracle"]


def test_what_is_learned_lies_between_the_random_mix_and_the_oracle(shown: dict[str, Any]) -> None:
    aiq = {row["multiplexer"]: row["aiq"] for row in shown["rows"]}
    assert aiq["random mix"] + 0.05 < aiq["learned"] < aiq["oracle"]
    learned = next(row for row in shown["rows"] if row["multiplexer"] == "learned")
    assert 0.0 < learned["aiq_gain_low"] < learned["aiq_gain_high"]
    assert learned["p50_us"] <= learned["p95_us"]


def test_one_split_cannot_be_fitted_to_and_reported(tmp_path: Path) -> None:
    result = run(str(outcomes(tmp_path, 8)), "--train-split", "test")
    assert result.exit_code == 2
    assert "name two splits" in result.stderr


def test_a_picture_of_the_curves_is_drawn(tmp_path: Path) -> None:
    result = run(str(outcomes(tmp_path, 200)), "--embedder", "hashing", "--plot", str(tmp_path / "curves.svg"))
    assert result.exit_code == 0, result.output
    assert "learned" in result.stdout
    assert (tmp_path / "curves.svg").stat().st_size > 1000


def test_true_chances_have_no_calibration_error_beyond_noise() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(4000)
    labels = (rng.random(4000) < chances).astype(float)
    assert abs(calibration_error(chances, labels)) < 0.01
    assert calibration_error(np.clip(chances + 0.1, 0.0, 1.0), labels) > 0.05


def test_the_price_of_a_wrong_answer_takes_the_choice_from_the_cheapest_to_the_surest() -> None:
    scores = np.array([[0.0, 1.0], [1.0, 1.0]])
    costs = np.array([[1.0, 10.0], [1.0, 10.0]])
    single = singles(scores, costs)
    prices = ladder(single)
    sweep = swept(costs, 1.0 - scores, (costs, scores), prices)
    assert len(prices) == VALUES
    assert sweep.costs[0].tolist() == [1.0, 1.0]
    assert sweep.costs[-1].tolist() == [10.0, 1.0]
    assert area(sweep, single) > 0.8


def test_choosing_cascades_is_told_as_what_it_is_and_not_as_fitting(tmp_path: Path) -> None:
    from pantler.embedders.hashing import Hashing
    from pantler.simulator.evaluation.lineup import Lineup
    from pantler.simulator.evaluation.multiplexers import evaluated
    from pantler.texts.reading import Reading
    from pantler.traces.outcomes import read_outcomes

    told: list[tuple[str, int]] = []
    whole = read_outcomes(outcomes(tmp_path, 60))
    evaluated(
        Lineup(whole.split("train"), whole.split("test"), Reading(Hashing())),
        lambda what, total: told.append((what, total)) or (lambda steps: None),
    )
    assert [what for what, _ in told] == ["fitting", "choosing cascades", "measuring"]
