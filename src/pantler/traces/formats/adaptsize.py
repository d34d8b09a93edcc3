"""The AdaptSize authors' CDN traces: lines of time, key, size."""

import re
from collections.abc import Mapping
from pathlib import Path

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.fields import Field, read_fields, sniff_lines
from pantler.traces.rows import Recording

SUMMARY = "text lines 'time id size', integers apart by blanks"
_LINE = re.compile(rb"-?\d+(\.\d+)?[ \t]+-?\d+[ \t]+-?\d+")
_FIELDS = {"times": Field(0, float), "keys": Field(1, int), "sizes": Field(2, float)}


def sniff(head: bytes, path: Path) -> float:
    """0.9 where the lines of the head are three numbers."""
    return 0.9 if sniff_lines(head, _LINE) else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Keys, sizes in bytes, times in seconds. Raises TraceError as source.lines does."""
    return Recording(rows=read_fields(path, _FIELDS, bad))
