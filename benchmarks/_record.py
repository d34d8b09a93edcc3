"""Where a measurement comes from: written beside every row."""

import csv
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pantler.core import engine

PACKAGES = ("numpy", "numba", "msgspec", "cachetools", "cachebox", "theine", "libcachesim")


def provenance(seed: int) -> dict[str, str | int]:
    """Commit, interpreter, machine, package versions and seed of this run; a dirty tree is marked with a plus.

    `core` tells whether it ran as machine code ("compiled", as `make bench` has it) or as Python ("pure").
    """
    return {
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain", "src") else ""),
        "python": platform.python_version(),
        "machine": f"{sys.platform}-{platform.machine()}",
        "core": "pure" if engine.__file__.endswith(".py") else "compiled",
        "versions": " ".join(f"{name}={found}" for name in PACKAGES if (found := _version(name))),
        "seed": seed,
    }


def announced(seed: int) -> dict[str, str | int]:
    """The provenance, printed too; asked for before the run, since the tree may move on meanwhile."""
    origin = provenance(seed)
    print(", ".join(f"{name} {value}" for name, value in origin.items()), flush=True)
    return origin


def write(path: Path, rows: Sequence[Mapping[str, object]], origin: Mapping[str, object]) -> None:
    """Write a table, each row beside where it comes from; a row that tells that itself was recorded before."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys([*rows[0], *origin]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**origin, **row} for row in rows)


def told(rows: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """All rows, each printed as soon as it is there."""
    found = []
    for row in rows:
        found.append(row)
        print(*row.values(), flush=True)
    return found


def recorded(path: Path) -> list[dict[str, str]]:
    """The rows of a table that was written before, none where there is none."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
