"""What `pantler reproduce` prints, writes and refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pantler.cli import main

STRATEGIES = {"LFU+m1", "LFU+m2", "LFU+sel", "LEC+m1", "LEC+m2", "LEC+sel"}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def reproduce(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["reproduce", *map(str, arguments)])


def document(*arguments: str | Path) -> Any:
    result = reproduce(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_synthetic_json_has_every_cell_in_raw_units_beside_the_published_one() -> None:
    found = document("synthetic", "--seeds", "2", "--mode", "faithful")
    assert found["schema"] == 1
    cells = found["cells"]
    assert len(cells) == 72
    keys = {(c["scenario"], c["alpha"], c["ratio"], c["accuracy"], c["strategy"], c["mode"]) for c in cells}
    assert len(keys) == 72
    assert {cell["strategy"] for cell in cells} == STRATEGIES
    (headline,) = [c for c in cells if [*c.values()][:5] == ["offline", 0.8, 100.0, 1.0, "LFU+m1"]]
    assert headline["published"] == 302_810.0
    assert 100_000 < headline["mean"] < 500_000
    assert headline["se"] > 0


def test_both_modes_give_every_cell_twice_with_a_verdict_for_the_faithful_one() -> None:
    cells = document("synthetic", "--seeds", "2")["cells"]
    assert [cell["mode"] for cell in cells].count("corrected") == 72
    assert {cell["verdict"] for cell in cells if cell["mode"] == "corrected"} == {"no target"}
    assert {cell["verdict"] for cell in cells if cell["mode"] == "faithful"} <= {"matched", "near", "off"}


def test_another_base_seed_gives_other_costs_yet_the_same_seed_the_same() -> None:
    once, again, other = (document("figure", "--runs", "2", "--seed", seed)["cells"] for seed in "112")
    assert once == again
    assert once != other


def test_figure_draws_a_plot_and_prints_costs_with_regret(tmp_path: Path) -> None:
    plot = tmp_path / "figure.png"
    found = document("figure", "--runs", "3", "--plot", plot)
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert [c["published"] for c in found["cells"] if c["strategy"] == "LFU+large"] == [153310.7, None]
    assert {point["round"] for point in found["regret"]} == {100, 300, 1000, 3000, 10000}


@pytest.mark.parametrize(("verb", "rows"), [("synthetic", 72), ("lambada", 24), ("openassistant", 72)])
def test_a_verb_writes_its_table_as_markdown_with_a_plot(verb: str, rows: int, tmp_path: Path) -> None:
    table, plot = tmp_path / "table.md", tmp_path / "plot.svg"
    result = reproduce(verb, "--seeds", "2", "--markdown", table, "--plot", plot)
    assert result.exit_code == 0, result.output
    lines = table.read_text().splitlines()
    assert sum(line.startswith("|") for line in lines) == rows + 2
    assert "<svg" in plot.read_text()
    assert "wrote" in result.stderr
    assert "wrote" not in result.stdout


def test_a_stand_in_is_called_one_wherever_it_is_shown() -> None:
    assert "stand-in" in reproduce("lambada", "--seeds", "2").stdout.splitlines()[0].lower()
    cells = document("openassistant", "--seeds", "2", "--stand-in", "B")["cells"]
    assert {cell["stand_in"] for cell in cells} == {"B"}
    assert {cell["unit"] for cell in cells} == {"seconds"}


def test_an_accuracy_that_was_never_published_has_no_published_cell() -> None:
    cells = document("lambada", "--seeds", "2", "--accuracy", "0.9")["cells"]
    assert {cell["published"] for cell in cells} == {None}
    assert {cell["verdict"] for cell in cells} == {"no published cell"}


def test_other_terms_than_the_artifacts_get_no_verdict() -> None:
    for option in (("--penalty", "1"), ("--selector-errors", "per-query", "--accuracy", "0.8")):
        cells = document("lambada", "--seeds", "2", *option)["cells"]
        assert {cell["verdict"] for cell in cells} == {"other terms than published"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("synthetic", "--seeds", "1"), "1 is not in the range"),
        (("synthetic", "--mode", "honest"), "'honest' is not one of"),
        (("synthetic", "--seed", "-1"), "-1 is not in the range"),
        (("figure", "--plot", "figure"), "end it in .pdf, .png, .svg"),
        (("lambada", "--penalty", "nan"), "not a finite number"),
        (("lambada", "--penalty", "1e308"), "not in the range"),
        (("lambada", "--penalty", "-1"), "not in the range"),
        (("lambada", "--accuracy", "1.2"), "does not lie in the range 0 to 1"),
        (("lambada", "--accuracy", "nan"), "does not lie in the range 0 to 1"),
        (("openassistant", "--stand-in", "D"), "'D' is not one of"),
        (("lambda",), "No such command 'lambda'"),
    ],
)
def test_a_bad_option_is_refused_with_its_reason(arguments: tuple[str, ...], says: str) -> None:
    result = reproduce(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("option", ["--plot", "--markdown"])
def test_a_file_that_cannot_be_written_is_named_before_the_run(option: str, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    result = reproduce("figure", "--runs", "10000", option, blocker / "figure.png")
    assert result.exit_code == 2
    assert re.search(r"figure\.png cannot be written: .*; name another file", result.stderr)
    assert result.stdout == ""
