"""The tutorial on logs: its commands are run, and what it shows of their output comes, give or take a little."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/tutorial/from-logs-to-a-multiplexer.md"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e-?\d+)?")
PATIENCE = 600.0
SERVED = "http://127.0.0.1:8080"
ADDRESS = re.compile(r"pantler answers on (http://[^/]+)/v1")
STOPS = "out/week.pantler"  # that command is meant to say no


def commands() -> list[tuple[str, list[str]]]:
    """Each command of the page with the lines that it is shown to print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line != "...":  # stands for lines that are not shown
                found[-1][1].append(line)
    return found


def said(line: str) -> tuple[str, list[float]]:
    """A line's words, and its numbers."""
    return NUMBER.sub("#", line), [float(number.replace(",", "")) for number in NUMBER.findall(line)]


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The gateway that the page has put up, at an address of its own."""
    command = ["pantler", "serve", "out/gateway.toml", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as gateway:
        assert gateway.stderr is not None
        found = next((match[1] for line in gateway.stderr if (match := ADDRESS.search(line))), None)
        assert found is not None
        draining = Thread(target=gateway.stderr.read)
        draining.start()
        try:
            yield found
        finally:
            gateway.terminate()
            draining.join()


def test_every_command_of_the_tutorial_does_what_it_is_shown_to_do(tmp_path: Path) -> None:
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / "out").mkdir()
    config = re.search(r"^```toml\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert config is not None
    fitted = config[1].replace("exploration = 0.3", 'exploration = 0.3, fitted = "route.pantler"')
    assert fitted != config[1]
    (tmp_path / "out" / "gateway.toml").write_text(fitted)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    for command, shown in commands():
        is_served = SERVED in command
        with serving(tmp_path, environment) if is_served else nullcontext(SERVED) as place:
            ran = subprocess.run(
                command.replace(SERVED, place), shell=True, cwd=tmp_path, env=environment,
                capture_output=True, text=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
        assert ran.returncode == (3 if STOPS in command else 0), ran.stderr
        printed = dict(map(said, ran.stdout.splitlines()))
        for line in shown:
            words, numbers = said(line)
            assert words in printed, f"{command} does not print {line!r} but {ran.stdout}"
            assert printed[words] == pytest.approx(numbers, rel=0.25, abs=0.0001), line
    assert (tmp_path / "out" / "new.pantler").exists()
    assert "<svg" in (tmp_path / "out" / "fit.html").read_text()
