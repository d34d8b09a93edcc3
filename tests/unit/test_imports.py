import subprocess
import sys

HEAVY = {"asyncio", "click", "matplotlib", "msgspec", "numba", "numpy", "pyarrow", "rich"}


def modules_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_importing_pantler_imports_nothing_heavy() -> None:
    assert not modules_after("import pantler") & HEAVY


def test_importing_the_command_imports_neither_numpy_nor_any_verb() -> None:
    modules = modules_after("import pantler.cli")
    assert not modules & {"numba", "numpy", "pyarrow"}
    assert not {name for name in modules if name.startswith("pantler.cli.")}
