"""Readers of records whose columns are known by name."""

from collections.abc import Callable, Mapping
from typing import Any

from pantler.traces.values import Read, Record, Values, found, key_of, number, seconds

_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "key": key_of,
    "size": number,
    "time": seconds,
    "tokens_in": number,
    "tokens_out": number,
}


def cost_columns(columns: Mapping[str, str]) -> tuple[str, ...]:
    """The columns named for the costs of a miss: several models' apart by '|'."""
    return tuple(columns["cost"].split("|")) if "cost" in columns else ()


def named(columns: Mapping[str, str]) -> Read:
    """A reader that takes from `columns` (meaning -> column) what they name."""
    given = _given(columns)
    return lambda record: Values(**given(record))


def overlaid(columns: Mapping[str, str], inner: Read) -> Read:
    """A reader that takes from `columns` (meaning -> column) what they name, the rest from `inner`."""
    given = _given(columns)
    return lambda record: inner(record)._replace(**given(record))


def _given(columns: Mapping[str, str]) -> Callable[[Record], dict[str, Any]]:
    costs = cost_columns(columns)
    plain = [(meaning, _PARSERS[meaning], column) for meaning, column in columns.items() if meaning != "cost"]

    def given(record: Record) -> dict[str, Any]:
        values = {meaning: parse(found(record, column)) for meaning, parse, column in plain}
        if costs:
            values["costs"] = tuple([number(found(record, column)) for column in costs])
        return values

    return given
