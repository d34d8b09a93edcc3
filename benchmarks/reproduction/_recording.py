"""CSV files that say which commit, versions, seeds and seconds they come from."""

import csv
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numba
import numpy

HERE = Path(__file__).parent
CODE = ("src/pantler/simulator/reproduce", "benchmarks/reproduction/*.py", ":!*/page.py")
Row = Mapping[str, object]


class Stopwatch:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self.wall:.0f} s wall and {time.process_time() - self.cpu:.0f} s CPU"


def record(name: str, rows: Sequence[Row], *, seeds: str, took: Stopwatch) -> None:
    """Write rows to a CSV file beside this one under a line of provenance, printing both."""
    versions = f"Python {platform.python_version()}, numpy {numpy.__version__}, numba {numba.__version__}"
    provenance = f"commit {commit()}, {versions}, {seeds}, {took}"
    with (HERE / f"{name}.csv").open("w", newline="") as file:
        file.write(f"# {provenance}\n")
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: shortened(value) for key, value in row.items()} for row in rows)
    print(f"{name}: {provenance}")
    for row in rows:
        print("  " + "  ".join(f"{key} {shortened(value)}" for key, value in row.items()))


def shortened(value: object) -> object:
    """Return a float to seven digits, anything else as it is."""
    return f"{value:.7g}" if isinstance(value, float) else value


def read(name: str) -> tuple[str, list[dict[str, str]]]:
    """Return the provenance of a CSV file with its rows."""
    lines = (HERE / f"{name}.csv").read_text().splitlines()
    return lines[0].removeprefix("# "), list(csv.DictReader(lines[1:]))


def commit() -> str:
    """Return the last commit of the code behind the figures, marked where the checkout differs from it."""
    return git("log", "-1", "--format=%h", "--", *CODE) + (
        "-dirty" if git("status", "--porcelain", "--", *CODE) else ""
    )


def git(*arguments: str) -> str:
    """Return what a git command prints."""
    root = HERE.parents[1]
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
