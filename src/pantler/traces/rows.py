"""What a format's reader hands over: raw columns, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.source import records

Column: TypeAlias = NDArray[np.float64] | None

LARGEST = 2.0**40
"""Bytes that an answer may have; what claims more is no size."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """Consecutive rows of a recording, not yet checked.

    lines        int64 (n,), line or record numbers from 1, rising
    keys         uint64 (n,)
    costs        float64 (n, K)
    the others   float64 (n,)

    A value that a row lacks is NaN; a column that the recording lacks is None.
    """

    lines: NDArray[np.int64]
    keys: NDArray[np.uint64]
    sizes: Column = None
    costs: NDArray[np.float64] | None = None
    times: Column = None
    tokens_in: Column = None
    tokens_out: Column = None

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, which: NDArray[np.bool_] | slice) -> "Rows":
        """The rows that `which` selects."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: column[which] for name, column in columns.items() if column is not None})


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file being read: its rows to come, with what its costs mean."""

    rows: Iterator[Rows]
    cost_names: tuple[str, ...] = ("cost",)
    cost_unit: str = "units"
    notes: tuple[str, ...] = ()


def bare_keys(path: Path, dtype: np.dtype[Any]) -> Iterator[Rows]:
    """Rows of nothing but fixed-size integer keys. Raises TraceError as source.records does."""
    for number, batch in records(path, dtype):
        keys = batch.astype(np.int64).view(np.uint64)
        yield Rows(lines=np.arange(number, number + len(batch)), keys=keys)


def usable(rows: Rows, bad: BadRowCounter) -> Rows:
    """Those rows whose values make sense; the others are counted in `bad`."""
    bad.total += len(rows)
    good = np.ones(len(rows), np.bool_)
    for name, column, wrong in _faults(rows):
        for place in np.flatnonzero(wrong & good).tolist():
            bad.add(int(rows.lines[place]), _fault(name, column[place]))
        good &= ~wrong
    return rows if good.all() else rows.take(good)


def _faults(rows: Rows) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
    if rows.sizes is not None:
        yield "size", rows.sizes, ~((rows.sizes >= 1) & (rows.sizes <= LARGEST))
    if rows.costs is not None:
        for column in rows.costs.T:
            yield "cost", column, ~((column >= 0) & (column < np.inf))
    for name in ("tokens_in", "tokens_out"):
        column = getattr(rows, name)
        if column is not None:
            yield name, column, ~((column >= 0) & (column < 2**62))
    if rows.times is not None:
        yield "time", rows.times, ~np.isfinite(rows.times)


def gathered(blocks: list[Rows]) -> Rows:
    """One block of consecutive blocks, of which all have the same columns."""
    if len(blocks) == 1:
        return blocks[0]
    names = [field.name for field in fields(Rows) if getattr(blocks[0], field.name) is not None]
    return Rows(**{name: np.concatenate([getattr(block, name) for block in blocks]) for name in names})


def regrouped(blocks: Iterator[Rows], count: int) -> Iterator[Rows]:
    """The same rows in blocks of `count`, the last one shorter."""
    waiting: list[Rows] = []
    length = 0
    for block in blocks:
        waiting.append(block)
        length += len(block)
        if length < count:
            continue
        rest = gathered(waiting)
        for start in range(0, length - count + 1, count):
            yield rest.take(slice(start, start + count))
        length %= count
        waiting = [rest.take(slice(len(rest) - length, None))]
    if length:
        yield gathered(waiting)


def _fault(name: str, value: float) -> str:
    return f"{name} is missing or no number" if np.isnan(value) else f"{name} is {value:g}"
