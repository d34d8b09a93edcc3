import sys
from math import log2

import pytest

from pantler.simulator.kernels.specialise import _source


def test_a_function_built_into_the_interpreter_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _source(min) is None
    monkeypatch.delattr(sys.modules["math"], "__file__", raising=False)  # as where math is no file of its own
    assert _source(log2) is None
