import ctypes

import pytest

from pantler.gateway.allocating import steady_allocation


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    steady_allocation()
