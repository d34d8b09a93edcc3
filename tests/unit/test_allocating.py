import ctypes
from types import SimpleNamespace

import pytest

from pantler.gateway.allocating import steady_allocation


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name) or object())
    steady_allocation()
    assert asked == [None], "the library that the process has, which knows no mallopt here"


def test_glibc_is_told_all_three(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[int, int] = {}
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(mallopt=told.__setitem__))
    steady_allocation()
    assert told == {-3: 256 << 10, -1: 1 << 20, -8: 1}
