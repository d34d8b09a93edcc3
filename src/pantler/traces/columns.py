"""Which column of a log means what."""

import re
from collections.abc import Mapping

from pantler.core.errors import TraceError

MEANINGS = ("key", "size", "cost", "time", "tokens_in", "tokens_out")


def parse_columns(columns: str | Mapping[str, str] | None) -> dict[str, str]:
    """`key=prompt_hash,size=bytes` as a dict. Raises TraceError where a part is no `name=column`."""
    if columns is None:
        return {}
    if not isinstance(columns, str):
        return dict(columns)
    parsed = {}
    for part in re.split(r",(?=[\w-]+=)", columns):
        name, equals, column = part.strip().partition("=")
        if not (name and equals and column):
            raise TraceError(f"columns: {part!r} is no name=column; write for example key=prompt_hash,size=bytes")
        parsed[name] = column
    return parsed
