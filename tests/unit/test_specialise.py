"""Kernels are made of the policies' own functions, be these imported as Python or as machine code."""

import sys
from math import log2

import numpy as np
import pytest

from pantler.core import sketch
from pantler.simulator.kernels import specialise
from pantler.simulator.kernels.specialise import _source, specialised

is_compiled = not sketch.__file__.endswith(".py")


def sum_of_halves(table: object, key: int) -> int:
    """A template that calls one of core's functions, which calls none."""
    low, high = halves(key)  # type: ignore[name-defined]  # noqa: F821 - given when compiled
    return low + high


def test_a_template_calls_what_it_is_given() -> None:
    kernel = specialised(sum_of_halves, {"halves": sketch.halves})
    for key in (0, 1, 2**62 + 12345, 2**63 - 1):
        assert kernel(np.zeros(1), np.uint64(key)) == sum(sketch.halves(key))


@pytest.mark.skipif(not is_compiled, reason="needs the compiled wheel, as `make test-peers` has it")
def test_a_function_in_machine_code_is_compiled_from_the_source_beside_it() -> None:
    assert type(sketch.halves).__name__ == "builtin_function_or_method"
    twin = specialise._interpreted(sketch.halves)
    assert twin.__code__.co_filename.endswith("sketch.py")
    assert twin(2**62 + 5) == sketch.halves(2**62 + 5)


def test_the_same_functions_are_compiled_once() -> None:
    names = {"halves": sketch.halves}
    assert specialised(sum_of_halves, names) is specialised(sum_of_halves, names)


def test_a_function_built_into_the_interpreter_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _source(min) is None
    monkeypatch.delattr(sys.modules["math"], "__file__", raising=False)  # as where math is no file of its own
    assert _source(log2) is None
