"""Every module can be imported: as Python here, and as machine code where `make check-compiled` has put it first."""

import importlib
import os
import pkgutil
import tomllib
from pathlib import Path

import pytest

import pantler

ROOT = Path(__file__).parents[2]
EVERY = sorted(module.name for module in pkgutil.walk_packages(pantler.__path__, "pantler."))


@pytest.mark.parametrize("name", EVERY)
def test_a_module_can_be_imported(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "pantler":
            raise
        pytest.skip(f"{missing.name} is an extra that is not installed")


@pytest.mark.skipif("PANTLER_COMPILED" not in os.environ, reason="Python runs here; `make check-compiled` compiles it")
def test_what_is_named_for_compiling_is_machine_code() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    modules = build["targets"]["wheel"]["hooks"]["custom"]["modules"]
    found = {path: importlib.import_module(path.removesuffix(".py").replace("/", ".")).__file__ for path in modules}
    assert not [path for path, place in found.items() if place is None or place.endswith(".py")]
