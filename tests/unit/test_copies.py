"""Values that are plain classes, so that they compile, are copied field by field, by hand."""

from types import SimpleNamespace
from typing import Any

import pytest

from pantler.core.asks import Ask
from pantler.core.outcomes import Outcome
from pantler.live.errands import Errand

TOLD_TWICE = {"key": ("query", "key"), "route_name": ("route", "name")}  # read of another field, once for all


@pytest.mark.parametrize("kind", [Ask, Errand, Outcome])
def test_a_copy_has_every_field_of_its_original(kind: Any) -> None:
    original = kind.__new__(kind)
    for name in kind.__slots__:
        setattr(original, name, SimpleNamespace(key=object(), name=object()))
    for name, (field, of) in TOLD_TWICE.items():
        if name in kind.__slots__:
            setattr(original, name, getattr(getattr(original, field), of))
    copy = original.copy()
    assert copy is not original
    assert [name for name in kind.__slots__ if getattr(copy, name) is not getattr(original, name)] == []
