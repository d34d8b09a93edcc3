"""Which column of a log means what."""

import re
from collections.abc import Mapping

from pantler.core.errors import TraceError

MEANINGS = ("key", "size", "cost", "time", "tokens_in", "tokens_out")


def parse_columns(columns: str | Mapping[str, str] | None) -> dict[str, str]:
    """`key=prompt_hash,size=bytes` as a dict. Raises TraceError where it is no such text or mapping."""
    if columns is None:
        return {}
    if not isinstance(columns, str):
        return _named(columns)
    parsed: dict[str, str] = {}
    for part in re.split(r",(?=[\w-]+=)", columns):
        name, equals, column = part.strip().partition("=")
        if not (name and equals and column):
            raise TraceError(f"columns: {part!r} is no name=column; write for example key=prompt_hash,size=bytes")
        if name in parsed:
            raise TraceError(f"columns: {name} stands twice; name one column, several models' costs apart by '|'")
        parsed[name] = column
    return parsed


def _named(columns: object) -> dict[str, str]:
    if not (isinstance(columns, Mapping) and all(isinstance(word, str) for pair in columns.items() for word in pair)):
        raise TraceError(f"columns: {columns!r} names none; write for example key=prompt_hash, as text or as a dict")
    return dict(columns)
