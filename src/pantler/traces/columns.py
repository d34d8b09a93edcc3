"""Which column of a log means what."""

from collections.abc import Mapping

from pantler.core.errors import TraceError


def parse_columns(columns: str | Mapping[str, str] | None) -> dict[str, str]:
    """`key=prompt_hash,size=bytes` as a dict. Raises TraceError where a part is no `name=column`."""
    if columns is None:
        return {}
    if not isinstance(columns, str):
        return dict(columns)
    parsed = {}
    for part in columns.split(","):
        name, equals, column = part.strip().partition("=")
        if not (name and equals and column):
            raise TraceError(
                f"columns: {part.strip()!r} is no name=column; write for example key=prompt_hash,size=bytes"
            )
        parsed[name] = column
    return parsed
