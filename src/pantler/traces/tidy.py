"""The columns of a table in the tidy format, from Parquet, CSV or JSON lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantler.core.errors import MissingExtra, TraceError
from pantler.traces.lines import json_lines

BLOCK_BYTES = 1 << 26  # read at once: what one row of a CSV may hold


@dataclass(frozen=True)
class Tidy:
    """`names` of all columns of a file, and the values of those that were asked for, None where there is none."""

    names: tuple[str, ...]
    columns: dict[str, list[Any]]
    rows: int


def read_tidy(path: Path, texts: Sequence[str], others: Sequence[str]) -> Tidy:
    """Read these columns, of a CSV `texts` as they are written; TraceError where the file cannot be read."""
    if not path.exists():
        raise TraceError(f"{path}: no such file; name one of outcomes, read from .parquet, .csv, .jsonl")
    if path.suffix == ".jsonl":
        return _of_lines(path, [*texts, *others])
    table = _table(path, texts)
    asked = [name for name in (*texts, *others) if name in table.column_names]
    return Tidy(tuple(table.column_names), {name: table[name].to_pylist() for name in asked}, table.num_rows)


def _of_lines(path: Path, asked: Sequence[str]) -> Tidy:
    """A row may hold another kind of value in a column than the one before: ids and answers do."""
    names: dict[str, None] = {}
    rows = []
    for _, record in json_lines(path):
        names.update(dict.fromkeys(record))
        rows.append([record.get(name) for name in asked])
    columns = zip(*rows, strict=True) if rows else [()] * len(asked)
    found = {name: list(values) for name, values in zip(asked, columns, strict=True) if name in names}
    return Tidy(tuple(names), found, len(rows))


def _table(path: Path, texts: Sequence[str]) -> Any:
    """The file as a pyarrow table."""
    try:
        import pyarrow
        from pyarrow import csv, parquet
    except ImportError as error:
        raise MissingExtra("reading outcomes", "simulator") from error
    try:
        if path.suffix == ".parquet":
            return parquet.read_table(path)
        if path.suffix == ".csv":
            return csv.read_csv(
                path,
                read_options=csv.ReadOptions(block_size=BLOCK_BYTES),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(column_types=dict.fromkeys(texts, pyarrow.string())),
            )
    except (pyarrow.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TraceError(f"{path}: cannot be read ({reason}); fetch or write it again, a CSV as UTF-8") from error
    raise TraceError(f"{path}: outcomes are read from .parquet, .csv, .jsonl; name the file so, or convert it")
