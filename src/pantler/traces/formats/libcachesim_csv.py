"""libCacheSim's CSV: columns named by number from 1, with or without a header."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.records import Numbered, recorded
from pantler.traces.rows import Recording
from pantler.traces.source import lines

SUMMARY = "libCacheSim's CSV, with --columns time-col=1,obj-id-col=2,obj-size-col=3,delimiter=,,has-header=true"
_MEANINGS = {"time-col": "time", "obj-id-col": "key", "obj-size-col": "size", "cost-col": "cost"}
_OPTIONS = ("delimiter", "has-header", "obj-id-is-num")  # the last changes nothing: keys may be numbers or text
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}


def sniff(head: bytes, path: Path) -> float:
    """0: without its parameters such a file is any CSV."""
    return 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """The columns that libCacheSim's own parameters name. Raises TraceError where the key's column is not named."""
    for name in columns:
        if name not in _MEANINGS and name not in _OPTIONS:
            raise UnknownPart("libCacheSim parameter", name, (*_MEANINGS, *_OPTIONS))
    if "obj-id-col" not in columns:
        raise TraceError(f"{path}: no column is named; write for example --columns obj-id-col=2,obj-size-col=3")
    meanings = {meaning: columns[name] for name, meaning in _MEANINGS.items() if name in columns}
    return recorded(_batches(path, columns), meanings, bad, path)


def _batches(path: Path, columns: Mapping[str, str]) -> Iterator[list[Numbered]]:
    delimiter = columns.get("delimiter", ",")
    separator = _DELIMITERS.get(delimiter, delimiter)
    skipped = 1 if columns.get("has-header", "false") == "true" else 0
    for number, batch in lines(path):
        numbered = enumerate(batch, number)
        yield [(place, _record(line, separator)) for place, line in numbered if place > skipped and line.strip()]


def _record(line: bytes, separator: str) -> dict[str, str]:
    parts = line.decode("utf-8", "replace").split(separator)
    return {str(place): part.strip() for place, part in enumerate(parts, 1)}
