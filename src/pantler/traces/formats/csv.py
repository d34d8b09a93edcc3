"""Logs as comma-, semicolon- or tab-separated values with a header."""

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.records import Numbered, recorded
from pantler.traces.rows import Recording
from pantler.traces.source import BOM, lines

if TYPE_CHECKING:
    import _csv

SUMMARY = "comma-, semicolon- or tab-separated values with a header: exported logs, or any with --columns"
_DELIMITERS = ",;\t"
_LONGEST_FIELD = 1 << 26
_BATCH = 1 << 16


def sniff(head: bytes, path: Path) -> float:
    """0.4 where a first line of separated names is followed by more; names of their own are other formats' marks."""
    first, end, _ = head.removeprefix(BOM).lstrip().partition(b"\n")
    separated = any(delimiter.encode() in first for delimiter in _DELIMITERS)
    return 0.4 if end and separated and (first[:1].isalpha() or first[:1] in b'"_') and b"\0" not in head else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """The records by their shape or the named columns. Raises TraceError as source.lines and records.recorded do."""
    csv.field_size_limit(_LONGEST_FIELD)  # prompts are longer than the default of 128 KiB
    return recorded(_batches(path, bad), columns, bad, path)


def _batches(path: Path, bad: BadRowCounter) -> Iterator[list[Numbered]]:
    text = _text(path)
    before, header = next(((place, line) for place, line in enumerate(text, 1) if line.strip()), (0, ""))
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error as error:
        raise TraceError(f"{path}: the first line is no header of a CSV ({error}); name the --format") from error
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    while batch := list(islice(_numbered(rows, names, before, bad), _BATCH)):
        yield batch


def _numbered(rows: "_csv.Reader", names: list[str], before: int, bad: BadRowCounter) -> Iterator[Numbered]:
    """The rows with their line numbers, `before` lines having gone before the first."""
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            bad.leave_out(rows.line_num + before, str(error))
            continue
        if row is None:
            return
        if len(row) == len(names):
            yield rows.line_num + before, dict(zip(names, row, strict=True))
        elif row:
            bad.leave_out(rows.line_num + before, f"{len(row)} fields for {len(names)} columns")


def _text(path: Path) -> Iterator[str]:
    """Lines with their ends, which quoted fields may contain; bytes that are no UTF-8 read as a replacement mark."""
    for number, batch in lines(path):
        for place, line in enumerate(batch, number):
            yield line.decode("utf-8-sig" if place == 1 else "utf-8", "replace") + "\n"
