"""A table of the file as a value of its class, key by key, so that every mistake is found at once."""

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from pantler.config.wanted import wanted
from pantler.core.errors import Mistake, meant

Table = TypeVar("Table", bound=msgspec.Struct)
Report = Callable[[str, str, str], None]  # the key, what is wrong, the remedy
Refusal = tuple[str, str]  # what is wrong, the remedy

ABSENT = object()
# Entries whose tables have a heading of their own.
IN_ARRAYS = {"Model": "models", "Route": "routes", "Tenant": "tenants"}
HEADINGS = {"keys": "tenants.keys"}  # of arrays of tables within tables
LONG_BITS = 128  # of a number that is not shown: Python writes none of thousands of digits
# For what is required and wrong, so that reading goes on.
STAND_INS: dict[type, object] = {str: "", tuple: (), int: 0, float: 1.0}


def read_table(kind: type[Table], given: object, report: Report) -> Table:
    """The table as a value; a key that is wrong is reported, and its default stands in for it."""
    if not isinstance(given, dict):
        report("", f"it is {_shown(given)}", "write it as a table")
        given = {}
    known = {field.encode_name: field for field in fields(kind)}
    for key in given:
        if key not in known:
            report(key, "there is no such key", _elsewhere(kind, key) or meant(key, known))
    values = {field.name: _value(field, given.get(key, ABSENT), report) for key, field in known.items()}
    return kind(**{name: value for name, value in values.items() if value is not ABSENT})


def _elsewhere(kind: type[msgspec.Struct], key: str) -> str:
    """The remedy for a key that one of the tables within has; empty where none has it."""
    for field in fields(kind):
        inner = _table_in(field.type)
        if inner is not None and key in {each.encode_name for each in fields(inner)}:
            above = IN_ARRAYS.get(kind.__name__)
            place = f"{above}.{field.encode_name}"
            if _is_array(field):
                return f"it belongs in [[{place}]]"
            return f"it belongs in [{place}]" if above else f"it belongs in {field.encode_name} = {{ ... }}"
    return ""


def entries(given: object, heading: str, report: Report) -> Iterator[tuple[int, object]]:
    """The tables of an array, numbered; what is no array is reported, a single table read all the same."""
    if not isinstance(given, list):
        is_table = isinstance(given, dict)
        report("", f"it is {'one table' if is_table else _shown(given)}", f"write [[{heading}]], once for each")
        given = [given] if is_table else []
    yield from enumerate(given)


def label(table: str, index: int, entry: object) -> str:
    """How an entry of an array of tables is named in a message: by its name, else by its number."""
    name = entry.get("name") if isinstance(entry, dict) else getattr(entry, "name", None)
    return f'[[{table}]] "{name}"' if name and isinstance(name, str) else f"[[{table}]] number {index + 1}"


def _value(field: FieldInfo, given: object, report: Report) -> object:
    key = field.encode_name
    if given is ABSENT:
        if field.required:
            report(key, "it is missing", f"give {wanted(field.type)}")
            return _stand_in(field.type)
        return ABSENT
    table = _table_in(field.type)
    if table is not None and _is_array(field):
        each_in = entries(given, HEADINGS[key], _under(report, key))
        return tuple(read_table(table, each, _under(report, f"{key}[{index}]")) for index, each in each_in)
    if table is not None and isinstance(given, dict):
        return read_table(table, given, _under(report, key))
    if refused := refusal(field.type, given):
        for place, said in _places(field, given, refused):
            report(place, *said)
        return _stand_in(field.type) if field.required else ABSENT
    return msgspec.convert(given, field.type)


def _places(field: FieldInfo, given: object, refused: Refusal) -> Iterator[tuple[str, Refusal]]:
    """Where a refused value is wrong: of a table of any names, each entry that is."""
    if get_origin(field.type) is not dict or not isinstance(given, dict):
        yield field.encode_name, refused
        return
    for name, each in given.items():
        if wrong := refusal(get_args(field.type)[1], each):
            yield f"{field.encode_name}.{name}", wrong


def refusal(kind: Any, given: object) -> Refusal | None:
    """What is wrong with a value of which `kind` is wanted, and the remedy; None where nothing is."""
    try:
        if isinstance(given, float) and not isfinite(given):
            raise msgspec.ValidationError
        msgspec.convert(given, kind)
    except msgspec.ValidationError:
        return _refused(kind, given)
    return None


def _refused(kind: Any, given: object) -> tuple[str, str]:
    """A text is shown only where it stands for one of a few words."""
    words = [word for each in (kind, *get_args(kind)) if get_origin(each) is Literal for word in get_args(each)]
    if words and isinstance(given, str):
        return f"there is no {given!r} here", meant(given, words)
    if isinstance(given, float) and not isfinite(given):
        return f"it is {given}", "give a finite number"
    return f"it is {_shown(given) if given != '' else 'empty'}", f"give {wanted(kind)}"


def _under(report: Report, above: str) -> Report:
    return lambda key, wrong, remedy: report(f"{above}.{key}" if key else above, wrong, remedy)


def _table_in(annotation: Any) -> type[msgspec.Struct] | None:
    """The class of a table, alone or among other things that the key may be."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _is_array(field: FieldInfo) -> bool:
    return get_origin(field.type) is tuple


def _stand_in(annotation: Any) -> object:
    kinds = [getattr(each, "__origin__", each) for each in (annotation, *get_args(annotation))]
    return next(STAND_INS[kind] for kind in kinds if isinstance(kind, type) and kind in STAND_INS)


def _shown(given: object) -> str:
    """What was given, where it is short and no text that might be a secret."""
    match given:
        case bool():
            return str(given).lower()
        case int() | float():
            is_long = isinstance(given, int) and given.bit_length() > LONG_BITS
            return "a number of more digits than any that is meant" if is_long else str(given)
        case str():
            return "text"
        case list():
            return f"a list of {len(given)}"
        case dict():
            return "a table"
        case _:
            return f"a {type(given).__name__}"


def placed(table: str, mistakes: list[Mistake]) -> Report:
    """A report that writes down mistakes of one table."""
    return lambda key, wrong, remedy: mistakes.append(Mistake(table, key, wrong, remedy))
