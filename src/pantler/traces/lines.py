"""The records of a file of JSON lines, each with the number of its line."""

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pantler.core.errors import TraceError


def json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Read line by line; TraceError for a file that cannot be read and for a line that is no object."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                bare = (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).strip()
                if bare:
                    yield number, _record(bare, f"{path}: line {number}")
    except OSError as error:
        raise TraceError(f"{path}: cannot be read ({error.strerror}); name a file of JSON lines") from error


def _record(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise TraceError(f"{where} is no JSON ({why}); write one object a line, null for what is unknown") from error
    if not isinstance(record, dict):
        raise TraceError(f"{where} is no object; write one request or row a line, not an array")
    return record
