"""What a type checker makes of pantler as a library."""

from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[2]


def test_decorated_functions_keep_their_signatures_and_caches_their_types() -> None:
    report, faults, status = api.run(
        ["--config-file", str(ROOT / "pyproject.toml"), str(Path(__file__).with_name("library.py"))]
    )
    assert (status, faults) == (0, ""), report
