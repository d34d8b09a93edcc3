"""Whether a request's fields are of the kinds that its operation's schema gives them.

An upstream that meets another kind may fail in its own code, which would look like its fault. Only kinds are looked at,
as JSON Schema has them in `type`, `items`, `properties`, `required` and `anyOf`: what the values may be is the
upstream's to judge.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pantler.gateway.replies import Refused
from pantler.gateway.schemas import Schema
from pantler.gateway.wire import Fault, Wire

Misfit = tuple[str, str]  # where, and what must be there

WORDS = {
    "string": "text",
    "array": "a list",
    "object": "an object",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | msgspec.Raw) and not isinstance(value, bool)  # raw: one that no float holds


def _is_whole(value: object) -> bool:
    return _is_number(value) and not (isinstance(value, float) and not value.is_integer())


_IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def demand_fitting(wire: Wire, fields: Mapping[str, Any]) -> None:
    """Refused where a field does not fit; for misses alone, since nothing is stored that was asked with such a one."""
    wrong = misfitting(fields, wire.schema)
    if wrong is not None:
        raise Refused(wrong)


def misfitting(fields: Mapping[str, Any], schema: Schema) -> Fault | None:
    """The first field that is of another kind than the schema of the request says."""
    properties = schema.get("properties", {})
    for name, value in fields.items():
        found = _misfit(name, value, properties[name]) if name in properties else None
        if found is not None:
            where, must = found
            return Fault(400, "invalid_type", f"{where!r} must be {must}", param=where)
    return None


def _misfit(where: str, value: Any, schema: Schema) -> Misfit | None:
    if "anyOf" in schema:
        return _none_of(where, value, schema["anyOf"])
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_IS[kind](value) for kind in kinds):
        return where, " or ".join([WORDS[kind] for kind in kinds])
    if isinstance(value, dict):
        return _within(where, value, schema)
    return _among(where, value, schema) if isinstance(value, list) else None


def _none_of(where: str, value: Any, schemas: list[Schema]) -> Misfit | None:
    found = [_misfit(where, value, each) for each in schemas]
    deeper = [each for each in found if each is not None and each[0] != where]
    if None in found:
        return None
    return deeper[0] if deeper else (where, " or ".join([each[1] for each in found if each is not None]))


def _within(where: str, value: dict[str, Any], schema: Schema) -> Misfit | None:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{where}.{name}", f"there, {_meant(properties.get(name, {}))}"
    for name, kind in properties.items():
        if name in value and (found := _misfit(f"{where}.{name}", value[name], kind)) is not None:
            return found
    return None


def _among(where: str, value: list[Any], schema: Schema) -> Misfit | None:
    items = schema.get("items")
    if items:
        for index, one in enumerate(value):
            if (found := _misfit(f"{where}[{index}]", one, items)) is not None:
                return found
    return None


def _meant(schema: Schema) -> str:
    kinds = schema.get("type", "anything")
    return " or ".join([WORDS.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)])
