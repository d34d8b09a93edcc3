"""Caches and multiplexers together on made outcomes, by the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.simulator.fitting.panels import coded
from pantler.simulator.joint import evaluation
from pantler.simulator.joint.drawing import Mappings, drawing, hits_to_come, hits_while_kept
from pantler.traces.generate import generate
from pantler.traces.writing import write_trace

REQUIRED = {"cache", "multiplexer", "price", "wrong", "true_cost"}


def outcomes(folder: Path, queries: int = 200, *, answers: bool = False) -> Path:
    """Cheap models that can add but not write, a dear one that can do both, most of the time."""
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for number in range(queries):
        is_sum = rng.random() < 0.5
        text = f"What is {number} plus 4?" if is_sum else f"Write a poem about the sea, number {number}."
        able = 0.9 if is_sum else 0.1
        for model, chance, price in (("cheap", able, 1e-6), ("plain", able, 2e-6), ("dear", 0.9, 1e-5)):
            score = float(rng.random() < chance)
            rows.append({
                "query_id": f"q{number:04}", "prompt": text, "model": model, "score": score, "cost_usd": price * 30,
                "tokens_in": 10, "tokens_out": 20, "source": "made",
                "answer": (str(number) if score else f"{model} {number}") if answers else "",
                "split": "train" if number % 2 else "test",
            })  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "made.parquet")
    return folder / "made.parquet"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", "joint", *arguments], prog_name="pantler")


def shown(path: Path, *more: str) -> dict[str, Any]:
    result = run(str(path), "--embedder", "hashing", "--mappings", "4", "--caches", "lec,auto", "--json", *more)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return outcomes(tmp_path_factory.mktemp("joint"))


@pytest.fixture(scope="module")
def rated(made: Path) -> dict[str, float]:
    rows = shown(made, "--feedback", "0.2")["rows"]
    return {f"{row['cache']}, {row['multiplexer']}": row["true_cost"] for row in rows}


def test_every_row_tells_its_cost(made: Path) -> None:
    found = shown(made)
    unit, penalty = found["unit"], found["penalty"]
    for row in found["rows"]:
        assert set(row) >= REQUIRED
        assert row["true_cost"] == pytest.approx(row["price"] + penalty * unit * row["wrong"])
    names = {row["multiplexer"] for row in found["rows"]}
    assert {"reference", "cheapest", "learned", "the paper's joint rule", "hit-amortised", "oracle"} <= names
    assert {"hit-amortised, told the hits", "hit-amortised, told all requests"} <= names
    assert not any("drops" in name for name in names)  # nobody rates


def test_acting_on_ratings_pays_and_the_oracle_is_never_beaten(rated: dict[str, float]) -> None:
    assert rated["LEC, hit-amortised"] < rated["LEC, the paper's joint rule"]
    assert rated["LEC, learned, drops and asks another"] < rated["LEC, learned"]
    untold = [cost for row, cost in rated.items() if "told" not in row]
    assert min(untold) == rated["LEC, oracle"]


def test_a_policy_through_the_engine_stands_beside_the_compiled_ones(rated: dict[str, float]) -> None:
    assert rated["auto, learned"] == pytest.approx(rated["LEC, learned"], rel=0.2)


def test_many_requests_through_the_engine_run_in_other_processes_and_come_to_the_same(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = shown(made, "--caches", "auto")
    monkeypatch.setattr(evaluation, "ALONE", 0)
    monkeypatch.delattr(evaluation, "through_the_engine")  # in this process
    assert shown(made, "--caches", "auto") == here


def test_equal_seeds_make_equal_tables(made: Path) -> None:
    assert shown(made, "--caches", "lec") == shown(made, "--caches", "lec")
    assert shown(made, "--caches", "lec") != shown(made, "--caches", "lec", "--seed", "1")


def test_answers_that_can_be_compared_bring_cascades_and_vote_plans(tmp_path: Path) -> None:
    rows = shown(outcomes(tmp_path, answers=True), "--feedback", "0.2")["rows"]
    costs = {row["multiplexer"]: row["true_cost"] for row in rows if row["cache"] == "LEC"}
    assert costs["oracle"] <= costs["hit-amortised, with vote plans"] < costs["cheapest"]
    assert costs["oracle"] <= costs["hit-amortised"] < costs["hit-amortised, single calls"]
    assert "cascade, drops and asks another" in costs


def test_a_trace_gives_the_keys(made: Path, tmp_path: Path) -> None:
    write_trace(generate("zipf:keys=40,requests=300,seed=2"), tmp_path / "keys.parquet")
    found = shown(made, "--popularity", str(tmp_path / "keys.parquet"), "--capacity", "7")
    assert (found["requests"], found["capacity"]) == (300, 7)


def test_the_format_of_a_trace_that_does_not_show_it_can_be_named(made: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.csv").write_text("question\n" + "a\nb\na\n" * 20)
    named = ("--popularity", str(tmp_path / "keys.csv"), "--capacity", "1", "--caches", "lec")
    refused = run(str(made), "--embedder", "hashing", *named)
    assert "name it with --format" in refused.stderr
    assert shown(made, *named, "--format", "csv", "--columns", "key=question")["requests"] == 60


def test_what_was_left_out_is_said_beside_json(made: Path, tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = parquet.read_table(made).to_pylist()
    parquet.write_table(pyarrow.Table.from_pylist([*rows, rows[0]]), tmp_path / "twice.parquet")
    named = ("--embedder", "hashing", "--mappings", "1", "--caches", "lec", "--quiet", "--json")
    result = run(str(tmp_path / "twice.parquet"), *named)
    assert "1 rows repeat a query and model" in result.stderr
    assert json.loads(result.stdout)["rows"]
    assert run(str(made), *named).stderr == ""


def test_a_table_is_shown_to_people(made: Path) -> None:
    result = run(str(made), "--embedder", "hashing", "--mappings", "1", "--caches", "lec")
    assert result.exit_code == 0, result.output
    assert "share of the oracle" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--popularity", "zipf:steep"), "write for example zipf:0.8"),
        (("--popularity", "nowhere.csv"), "is no file; give zipf:ALPHA"),
        (("--capacity", "lots"), "neither a number of answers nor a percentage"),
        (("--capacity", "0"), "holds nothing"),
        (("--caches", "lrru"), "did you mean 'lru'"),
        (("--train-split", "test"), "name two splits"),
        (("--feedback", "2"), "0.0<=x<=1.0"),
        (("--pool", "huge"), "huge"),
    ],
)
def test_what_cannot_be_evaluated_is_said_with_the_remedy(made: Path, arguments: tuple[str, str], words: str) -> None:
    result = run(str(made), "--embedder", "hashing", *arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr


def test_each_rank_meets_every_part_of_the_questions_once() -> None:
    difficulty = np.repeat([0.0, 1.0], 50)
    draw = drawing("zipf:1.1", difficulty, Mappings(4))
    asked = np.array([difficulty[draw(turn).questions[0]] for turn in range(4)])
    assert asked.sum() == 2.0
    assert all(sorted(draw(turn).questions) == list(range(100)) for turn in range(4))


def test_hits_to_come_are_counted_from_behind() -> None:
    assert hits_to_come(np.array([0, 1, 0, 0, 1]), 2).tolist() == [2.0, 1.0, 1.0, 0.0, 0.0]


def test_hits_while_an_answer_stays_end_at_the_next_miss_of_its_key() -> None:
    keys, was_hit = np.array([0, 1, 0, 1, 0, 1, 0]), np.array([0, 0, 1, 0, 1, 1, 0], np.bool_)
    assert hits_while_kept(keys, was_hit).tolist() == [2.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_answers_that_say_the_same_have_one_number() -> None:
    assert coded(np.array([["a", "b", "a", ""]], dtype=object)).tolist() == [[0, 1, 0, -1]]
