"""Every promise to the users that is due has a test that bears its name, so that it can be found and run alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
DUE = {"F1", "F6", "F7", "F9", "F10", "O3", "C1", "C2", "C4", "C6", "S1", "S2", "S6", "S7", "S8", "X1"}


def marked() -> Iterator[str]:
    """The names on the decorators of tests, and on whole files."""
    for file in TESTS.rglob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from names_in(node.decorator_list)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
                yield from names_in([node.value])


def names_in(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
            yield ast.literal_eval(node.args[0])


def test_every_promise_that_is_due_has_a_test_and_every_test_a_promise_that_is() -> None:
    assert set(marked()) == DUE
