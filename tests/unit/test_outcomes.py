"""Outcome files as tables, and what is said of those that cannot be used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from pantler.cli import main
from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.outcomes import read_outcomes

ROW: dict[str, Any] = {
    "query_id": "q1",
    "prompt": "1 + 1?",
    "model": "small",
    "score": 1.0,
    "cost_usd": 0.001,
    "tokens_in": 5,
    "tokens_out": 2,
    "answer": "2",
    "source": "sums/easy|made",
    "split": "train",
}


def written(folder: Path, rows: list[dict[str, Any]], ending: str = ".parquet") -> Path:
    import pyarrow
    from pyarrow import csv, parquet

    path = folder / f"outcomes{ending}"
    if ending == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows))
        return path
    table = pyarrow.Table.from_pylist(rows)
    if ending == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path)
    return path


def grid(**changes: Any) -> list[dict[str, Any]]:
    return [
        {**ROW, "query_id": query, "model": model, "split": split, **changes}
        for query, split in (("q1", "train"), ("q2", "test"))
        for model in ("small", "large")
    ]


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_tidy_table_becomes_queries_by_models(tmp_path: Path, ending: str) -> None:
    rows = grid()
    rows[3]["score"] = 0.5
    found = read_outcomes(written(tmp_path, rows, ending), pool=["large", "small"])
    assert (found.models, found.query_ids, found.splits) == (("large", "small"), ("q1", "q2"), ("train", "test"))
    np.testing.assert_array_equal(found.scores, [[1.0, 1.0], [0.5, 1.0]])
    assert found.categories == ("sums/easy", "sums/easy")
    assert found.answers.tolist() == [["2", "2"], ["2", "2"]]
    assert found.notes == ()


def test_a_split_holds_its_own_queries(tmp_path: Path) -> None:
    found = read_outcomes(written(tmp_path, grid()))
    assert found.split("test").query_ids == ("q2",)
    with pytest.raises(TraceError, match="its splits are: test, train"):
        found.split("valid")


def test_a_file_without_splits_says_how_to_name_them(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "split"} for row in grid()]
    with pytest.raises(TraceError, match="it names none; give it a column split"):
        read_outcomes(written(tmp_path, rows)).split("train")


def test_repeated_rows_and_incomplete_queries_are_counted(tmp_path: Path) -> None:
    rows = [*grid(), {**ROW, "score": 0.0}, {**ROW, "query_id": "q3"}]
    found = read_outcomes(written(tmp_path, rows))
    assert found.query_ids == ("q1", "q2")
    assert found.scores[0, 1] == 1.0
    assert [note.split()[0] for note in found.notes] == ["1", "1"]


def test_rows_that_contradict_the_first_of_their_query_are_counted(tmp_path: Path) -> None:
    rows = [*grid(), {**ROW, "score": 0.0}, ROW]
    rows[3] = {**rows[3], "prompt": "another?"}
    assert read_outcomes(written(tmp_path, rows)).notes == (
        "2 rows repeat a query and model, 1 of them with another score; the first of each counts",
        "1 rows have another prompt than the first of their query, which counts",
    )


def test_a_long_file_of_prompts_with_line_breaks_is_read_from_csv(tmp_path: Path) -> None:
    rows = [
        {**ROW, "query_id": f"{number:05}", "model": model, "prompt": f'{number}?\n"A", no\n' * 40}
        for number in range(2000)
        for model in ("small", "large")
    ]
    path = written(tmp_path, rows, ".csv")
    assert path.stat().st_size > 1 << 20, "more than pyarrow reads at once by default"
    found = read_outcomes(path)
    assert len(found) == 2000
    assert (found.query_ids[7], found.prompts[7]) == ("00007", rows[14]["prompt"]), "with its leading zeros"


def test_ids_and_answers_of_json_lines_may_be_numbers_and_texts(tmp_path: Path) -> None:
    rows = grid()
    rows[0] |= {"answer": 2}
    rows[2]["query_id"] = rows[3]["query_id"] = 2
    found = read_outcomes(written(tmp_path, rows, ".jsonl"))
    assert (found.query_ids, found.answers[1].tolist()) == (("2", "q1"), ["2", "2"])


def test_a_csv_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, grid(prompt="é?"), ".csv")
    path.write_text(path.read_text(encoding="utf-8"), encoding="latin-1")
    with pytest.raises(TraceError, match=r"invalid UTF8 data.*a CSV as UTF-8"):
        read_outcomes(path)


def test_a_prompt_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, grid(prompt=[{"role": "user", "content": "?"}]), ".jsonl")
    with pytest.raises(TraceError, match="row 1 has a list as prompt; write the text itself"):
        read_outcomes(path)


@pytest.mark.parametrize("field", ["query_id", "model"])
def test_a_row_that_names_no_query_or_no_model_is_refused(field: str, tmp_path: Path) -> None:
    rows = grid()
    rows[1][field] = None
    with pytest.raises(TraceError, match=f"row 2 has no {field}"):
        read_outcomes(written(tmp_path, rows))


def test_a_model_without_a_price_is_named_and_may_be_left_out(tmp_path: Path) -> None:
    rows = [{**row, "cost_usd": None if row["model"] == "large" else 0.1} for row in grid()]
    path = written(tmp_path, rows)
    with pytest.raises(TraceError, match=r"\(large\) has cost_usd nan.*or leave large out with --pool"):
        read_outcomes(path)
    assert read_outcomes(path, pool=["small"]).models == ("small",)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "score"} for row in grid()]
    with pytest.raises(TraceError, match=r"no column score; .*it has query_id, prompt"):
        read_outcomes(written(tmp_path, rows))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("score", 1.5, "scores are 0"),
        ("score", -0.1, "scores are 0"),
        ("score", None, "score nan"),
        ("cost_usd", None, "--pool"),
        ("tokens_in", -1, "0 on"),
    ],
)
def test_an_unusable_value_is_named_with_its_row(tmp_path: Path, field: str, value: object, says: str) -> None:
    rows = grid()
    rows[2][field] = value
    with pytest.raises(TraceError, match=f"row 3.*{says}"):
        read_outcomes(written(tmp_path, rows))


def test_a_model_that_the_file_lacks_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownPart, match="did you mean 'small'"):
        read_outcomes(written(tmp_path, grid()), pool=["smal"])


@pytest.mark.parametrize(("name", "says"), [("gone.parquet", "no such file"), ("x.txt", r"read from \.parquet")])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(TraceError, match=says):
        read_outcomes(tmp_path / name)


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, grid())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TraceError, match="write it again"):
        read_outcomes(path)


def test_a_file_with_a_header_and_no_rows_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(",".join(ROW) + "\n")
    with pytest.raises(TraceError, match="no rows; write a row for each query and model"):
        read_outcomes(path)


@pytest.mark.parametrize(("score", "word"), [(1.0, "right"), (0.0, "wrong"), (0.5, "0.5 good")])
def test_answers_that_are_all_equally_good_teach_nothing(score: float, word: str, tmp_path: Path) -> None:
    found = read_outcomes(written(tmp_path, grid(score=score)))
    with pytest.raises(TraceError, match=f"all answers are {word}: nothing can be learned"):
        found.check_apart()


@pytest.mark.parametrize(
    "command", [("fit", "-o", "route.pantler"), ("evaluate", "multiplexer"), ("evaluate", "joint")], ids=" ".join
)
@pytest.mark.parametrize(("rows", "says"), [([], "no rows"), (grid(), "all answers are right")])
def test_every_verb_says_what_outcomes_cannot_teach(
    command: tuple[str, ...], rows: list[dict[str, Any]], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "outcomes.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in (ROW, *(each.values() for each in rows))) + "\n")
    result = CliRunner().invoke(main, [*command, "--embedder", "hashing", str(path)], prog_name="pantler")
    assert result.exit_code == 2
    assert says in result.stderr
