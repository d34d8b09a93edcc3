"""Logs as Parquet tables."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pantler.core.errors import MissingExtra, TraceError
from pantler.traces.arrow_rows import PlainColumns, plain_columns, plain_rows
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.records import Numbered, recorded
from pantler.traces.rows import Recording, Rows
from pantler.traces.source import blocks

SUMMARY = "Parquet: what `write_trace` writes, exported logs, or any with --columns"
_MAGIC = b"PAR1"
_BATCH = 1 << 16

Item = TypeVar("Item")


def sniff(head: bytes, path: Path) -> float:
    """1 where the file starts as Parquet does."""
    return float(head.startswith(_MAGIC))


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Columns by name where they are plain, else the records by their shape.

    Raises TraceError for a file that is cut short or corrupt and as records.recorded does, MissingExtra where pyarrow
    is not installed.
    """
    bad.unit = "row"
    try:
        table = _opened(path)
        plain = plain_columns(table.schema_arrow, columns)
    except _faults() as error:
        raise _corrupt(path, error) from error
    if plain is None:
        return recorded(_guarded(_numbered(table), path), columns, bad, path)
    return Recording(
        rows=_guarded(_rows(table, plain, bad), path),
        cost_names=plain.described.cost_names,
        cost_unit=plain.described.cost_unit,
        notes=plain.described.notes,
    )


def _opened(path: Path) -> Any:
    """The pyarrow.parquet.ParquetFile, which has no annotations."""
    from pyarrow import parquet

    with path.open("rb") as file:
        is_plain = file.read(4) == _MAGIC
    return parquet.ParquetFile(path if is_plain else io.BytesIO(b"".join(blocks(path))))


def _faults() -> tuple[type[Exception], ...]:
    """What a corrupt file makes pyarrow raise, or the description that we put into it."""
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra("reading Parquet", "simulator") from error
    return (pyarrow.ArrowException, OSError, UnicodeDecodeError, msgspec.MsgspecError)


def _corrupt(path: Path, error: Exception) -> TraceError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return TraceError(f"{path}: the Parquet file is cut short or corrupt ({reason}); fetch or write it again")


def _guarded(items: Iterator[Item], path: Path) -> Iterator[Item]:
    """The same items; what fails on the way is an error of ours."""
    try:
        yield from items
    except _faults() as error:
        raise _corrupt(path, error) from error


def _numbered(table: Any) -> Iterator[list[Numbered]]:
    done = 0
    for batch in table.iter_batches(_BATCH):
        yield list(enumerate(batch.to_pylist(), done + 1))
        done += batch.num_rows


def _rows(table: Any, plain: PlainColumns, bad: BadRowCounter) -> Iterator[Rows]:
    done = 0
    for batch in table.iter_batches(_BATCH, columns=list(plain.fields)):
        yield plain_rows(batch, plain, done + 1, bad)
        done += batch.num_rows
