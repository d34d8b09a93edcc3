"""Every benchmark can be run as `make bench` runs it: without an argument, its table going where it is told."""

import re
import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = [*sorted(path for path in FOLDER.glob("[!_]*.py")), FOLDER / "gateway"]


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_a_benchmark_tells_how_it_is_run_and_needs_no_argument(
    script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", [script.name, "--help"])
    with pytest.raises(SystemExit) as ended:
        told_how(script)
    told = capsys.readouterr().out
    assert ended.value.code == 0
    usage = told.partition("\n\n")[0].removeprefix(f"usage: {script.name}")
    while "[" in usage:
        usage = re.sub(r"\[[^][]*\]", "", usage)
    assert usage.split() == []
    assert "--out" in told or "csv" not in told


def told_how(script: Path) -> None:
    """Run the script, unless it needs a peer that only the benchmarks' environment has."""
    try:
        runpy.run_path(str(script), run_name="__main__")
    except ModuleNotFoundError as missing:
        pytest.skip(f"needs the package {missing.name}")
