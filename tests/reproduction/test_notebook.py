"""The notebook's simulation against a run of the notebook's own code, and against the published ends."""

import numpy as np
import pytest

from pantler.simulator.reproduce import notebook_report
from pantler.simulator.reproduce.notebook import CHECKPOINTS, REGRET_ROUNDS, STRATEGIES, regret, run
from pantler.simulator.reproduce.workload import Floats

# paper-reproduction.md 2.3: twenty runs of the notebook's code at seed 0, ends then regret at REGRET_ROUNDS.
ENDS = {"faithful": (119295, 154187, 4944, 3203), "corrected": (104286, 138729, 4715, 3203)}
REGRET = {"faithful": (1063, 1253, 1346, 1429, 1741), "corrected": (1144, 1404, 1500, 1504, 1512)}


@pytest.fixture(scope="module")
def twenty_runs() -> dict[str, Floats]:
    return run(20, seed=0, on_run=lambda: None)


@pytest.fixture(scope="module")
def hundred_runs() -> dict[str, Floats]:
    return run(100, seed=1, on_run=lambda: None)


@pytest.mark.parametrize("mode", ["faithful", "corrected"])
def test_twenty_runs_end_where_the_notebooks_own_code_ends(twenty_runs: dict[str, Floats], mode: str) -> None:
    assert twenty_runs[mode][:, -1].mean(axis=0) == pytest.approx(ENDS[mode], abs=0.5)


@pytest.mark.parametrize("mode", ["faithful", "corrected"])
def test_twenty_runs_have_the_regret_of_the_notebooks_own_code(twenty_runs: dict[str, Floats], mode: str) -> None:
    at = np.searchsorted(CHECKPOINTS, REGRET_ROUNDS)
    assert regret(twenty_runs[mode])[:, at].mean(axis=0) == pytest.approx(REGRET[mode], abs=0.5)


def test_other_worlds_end_within_three_standard_errors_of_the_published_ends(hundred_runs: dict[str, Floats]) -> None:
    judged = [cell for cell in notebook_report.cells(hundred_runs) if cell.mode == "faithful"]
    assert [cell.strategy for cell in judged] == list(STRATEGIES)
    assert {cell.verdict for cell in judged} == {"matched"}


def test_regret_rises_late_with_the_eviction_on_a_hit_but_is_flat_without(hundred_runs: dict[str, Floats]) -> None:
    above = notebook_report.regrets(hundred_runs)
    assert not notebook_report.is_flat(above, "faithful")
    assert notebook_report.is_flat(above, "corrected")


def test_both_modes_run_on_the_same_worlds(twenty_runs: dict[str, Floats]) -> None:
    optimal = STRATEGIES.index("optimal")
    assert np.array_equal(twenty_runs["faithful"][..., optimal], twenty_runs["corrected"][..., optimal])
