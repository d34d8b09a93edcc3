"""Logs of one JSON object per line."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.records import Numbered, recorded
from pantler.traces.rows import Recording
from pantler.traces.source import BOM, head, lines

SUMMARY = "one JSON object per line: LiteLLM spend logs, OpenAI-style requests, or any with --columns"
_decode = msgspec.json.Decoder().decode


def sniff(head: bytes, path: Path) -> float:
    """0.5 where the file starts as a JSON object or array."""
    return 0.5 if head.removeprefix(BOM).lstrip()[:1] in (b"{", b"[") else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """The records by their shape or the named columns. Raises TraceError as source.lines and records.recorded do."""
    if head(path).removeprefix(BOM).lstrip()[:1] == b"[":
        raise TraceError(f"{path}: a JSON array; write one object per line instead: jq -c '.[]'")
    return recorded(_batches(path, bad), columns, bad, path)


def _batches(path: Path, bad: BadRowCounter) -> Iterator[list[Numbered]]:
    for number, batch in lines(path):
        found: list[Numbered] = []
        for place, line in enumerate(batch, number):
            if not line.strip():
                continue
            record = _record(line)
            if isinstance(record, dict):
                found.append((place, record))
            else:
                bad.leave_out(place, record)
        yield found


def _record(line: bytes) -> dict[str, object] | str:
    """The object on the line, or why there is none."""
    try:
        record = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)
    return record if isinstance(record, dict) else "no JSON object"
