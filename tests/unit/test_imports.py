import subprocess
import sys

import pytest

import pantler

HEAVY = {"asyncio", "click", "matplotlib", "msgspec", "numba", "numpy", "pyarrow", "rich"}


def modules_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_importing_pantler_imports_nothing_heavy() -> None:
    assert not modules_after("import pantler") & HEAVY


def test_a_gateway_that_needs_no_arrays_starts_without_numpy() -> None:
    assert "numpy" not in modules_after("import pantler.gateway.process")


def test_importing_the_command_imports_neither_numpy_nor_any_verb() -> None:
    modules = modules_after("import pantler.cli")
    assert not modules & {"numba", "numpy", "pyarrow"}
    assert not {name for name in modules if name.startswith("pantler.cli.")}


def test_every_public_name_is_found_where_it_is_said_to_live() -> None:
    assert sorted(pantler.HOMES) == sorted(pantler.__all__)
    for name in pantler.__all__:
        assert getattr(pantler, name).__name__ == name


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pantler' has no attribute 'cachd'"):
        _ = pantler.cachd
