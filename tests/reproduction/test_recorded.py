"""The committed figures against the lines to reach, the code that made them and the page that quotes them."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from pantler.simulator.reproduce import dataset_report, notebook, notebook_report
from pantler.simulator.reproduce.datasets import LAMBADA, Case, run
from pantler.simulator.reproduce.standins import Terms

FOLDER = Path(__file__).parents[2] / "benchmarks" / "reproduction"


def recorded(name: str) -> list[dict[str, str]]:
    provenance, *lines = (FOLDER / f"{name}.csv").read_text().splitlines()
    assert provenance.startswith("# commit ")
    assert "-dirty" not in provenance
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("first_seed", [0, 1000])
def test_every_recorded_cell_is_within_four_standard_errors_and_seventy_within_three(first_seed: int) -> None:
    distances = [abs(float(row["z"])) for row in recorded(f"synthetic-faithful-{first_seed}")]
    assert len(distances) == 72
    assert max(distances) <= 4
    assert sum(distance <= 3 for distance in distances) >= 70


@pytest.mark.parametrize("first_seed", [0, 1000])
def test_the_recorded_headline_ratios_are_within_three_bootstrap_errors(first_seed: int) -> None:
    wanted = {"scenario": "offline", "alpha": "0.8", "ratio": "100", "accuracy": "1", "strategy": "LEC+sel"}
    (row,) = [row for row in recorded(f"synthetic-faithful-{first_seed}") if wanted.items() <= row.items()]
    for kind, expected in (("ratio_of_means", 33.8), ("median_ratio", 52.2)):
        assert float(row[kind]) == pytest.approx(expected, abs=3 * float(row[f"{kind}_se"]))


def test_the_recorded_figure_is_what_the_code_gives() -> None:
    cells = notebook_report.cells(notebook.run(100, seed=0, on_run=lambda: None))
    assert [cell.mean for cell in cells] == pytest.approx(
        [float(row["mean"]) for row in recorded("notebook")], rel=1e-6
    )


def test_the_recorded_lambada_stand_in_is_what_the_code_gives() -> None:
    case = Case(LAMBADA, LAMBADA.stand_ins[0], Terms(0.8, 2.0, coin_per_query=False), 1.0)
    cells = dataset_report.cells(case, run(case, range(100), lambda: None))
    rows = [row for row in recorded("lambada") if (row["alpha"], row["accuracy"]) == ("0.8", "1")]
    assert [cell.mean for cell in cells] == pytest.approx([float(row["mean"]) for row in rows], rel=1e-6)


def test_the_page_is_in_step_with_the_recorded_figures() -> None:
    check = [sys.executable, FOLDER / "page.py", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
