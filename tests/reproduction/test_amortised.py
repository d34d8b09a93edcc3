import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "amortised.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_amortised", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(SCRIPT.parent)  # a script finds what lies beside it
        spec.loader.exec_module(module)
    return module


def costs(script: ModuleType, name: str, seed: int) -> dict[str, float]:
    """True costs by contestant at Zipf 1.1 and penalty 30, over a run short enough for a test."""
    setting = next(setting for setting in script.SETTINGS if setting.name == name)
    found = script.costs_of((replace(setting, requests=6000), 1.1, 30.0, seed))
    return dict(zip(script.CONTESTANTS, found, strict=True))


@pytest.mark.parametrize("name", ["known", "rated"])
def test_weighing_errors_by_serves_lowers_the_true_cost(script: ModuleType, name: str) -> None:
    runs = [costs(script, name, seed) for seed in range(4)]
    paper = sum(min(run["paper"], run["paper, means"]) for run in runs)
    assert sum(run["hit-amortised"] for run in runs) < paper / 1.2


def test_with_none_rated_and_nothing_told_it_costs_what_the_paper_does(script: ModuleType) -> None:
    run = costs(script, "none rated", seed=0)
    assert run["hit-amortised"] == run["paper, means"]
