"""The tutorial on logs: its commands are run, and what it shows of their output comes, give or take a little."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/tutorial/from-logs-to-a-multiplexer.md"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e-?\d+)?")
PATIENCE = 600.0
STOPS = "out/week.pantler"  # that command is meant to say no


def commands() -> list[tuple[str, list[str]]]:
    """Each command of the page with the lines that it is shown to print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def said(line: str) -> tuple[str, list[float]]:
    """A line's words, and its numbers."""
    return NUMBER.sub("#", line), [float(number.replace(",", "")) for number in NUMBER.findall(line)]


def test_every_command_of_the_tutorial_does_what_it_is_shown_to_do(tmp_path: Path) -> None:
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    (tmp_path / "out").mkdir()
    config = re.search(r"^```toml\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert config is not None
    fitted = config[1].replace('use = "learned"', 'use = "learned", fitted = "route.pantler"')
    (tmp_path / "out" / "gateway.toml").write_text(fitted)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, shown in commands():
        ran = subprocess.run(
            command, shell=True, cwd=tmp_path, env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert ran.returncode == (3 if STOPS in command else 0), ran.stderr
        printed = dict(map(said, ran.stdout.splitlines()))
        for line in shown:
            words, numbers = said(line)
            assert words in printed, f"{command} does not print {line!r} but {ran.stdout}"
            assert printed[words] == pytest.approx(numbers, rel=0.25, abs=0.0001), line
    assert "<svg" in (tmp_path / "out" / "fit.html").read_text()
