"""A configuration as TOML that reads back as the same."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from msgspec import to_builtins

from pantler.config.values import Config


def written(config: Config) -> str:
    """Every setting with the value that holds, defaults too; what is None is left out."""
    return toml(to_builtins(config, builtin_types=(datetime, date, time)))


def toml(tables: dict[str, Any]) -> str:
    """Plain values as TOML."""
    return "\n".join(_blocks("", tables)).strip() + "\n"


def _blocks(path: str, table: dict[str, Any]) -> Iterator[str]:
    """The lines of one table: its plain keys first, then the tables in it."""
    for key, value in table.items():
        if value is not None and not _is_table(value) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        inner = f"{path}.{_key(key)}" if path else _key(key)
        if _is_table(value):
            if not value or not all(_is_table(each) or _is_tables(each) for each in value.values()):
                yield f"\n[{inner}]"  # a table of tables needs none, and with one could not be pasted below others
            yield from _blocks(inner, value)
        elif _is_tables(value):
            for each in value:
                yield f"\n[[{inner}]]"
                yield from _blocks(inner, each)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_tables(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(each, dict) for each in value)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return repr(value)


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else _value(key)
