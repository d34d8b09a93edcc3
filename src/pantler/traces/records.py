"""Log records as columns, by the shape they have or the columns that were named."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces import shapes
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.columns import MEANINGS
from pantler.traces.mapping import cost_columns, named, overlaid
from pantler.traces.names import KEY, known_columns
from pantler.traces.rows import Recording, Rows
from pantler.traces.values import Read, Record, Unusable, Values, found

Numbered: TypeAlias = tuple[int, Record]  # a record with its line number

_PEEKED = 1000


class Shape(Protocol):
    """A module of the folder `shapes`."""

    COST_UNIT: str
    NOTES: tuple[str, ...]
    fits: Callable[[Collection[str]], float]
    reader: Callable[[], Read]


class _Plan(NamedTuple):
    """How to read every record of a file: which values there are, where from."""

    read: Read
    present: frozenset[str]
    cost_names: tuple[str, ...]


def recorded(
    batches: Iterator[list[Numbered]], columns: Mapping[str, str], bad: BadRowCounter, path: Path
) -> Recording:
    """The rows of a file of records; `columns` (meaning -> column) go before what the shape of the records says.

    Raises TraceError where no column is known to be the key, or a named column is not there.
    """
    first: list[Numbered] = next(filter(None, batches), [])
    sample = [record for _, record in first[:_PEEKED]]
    fields = tuple({name: None for record in sample for name in record})
    _check(sample, columns, path, fields)
    shape = None if "key" in columns else _shape(fields)
    if shape is None:
        columns = {**known_columns(fields), **columns}
    if sample and shape is None and "key" not in columns:
        raise TraceError(
            f"{path}: no key among the columns {_listed(fields)}; name it with --columns key=NAME, or log what was "
            "asked (messages, prompt or input)"
        )
    plan = _plan(sample, shape, columns)
    return Recording(
        rows=(_rows(batch, plan, bad) for batch in chain([first], batches)),
        cost_names=plan.cost_names,
        cost_unit="units" if shape is None or "cost" in columns else shape.COST_UNIT,
        notes=(shape.NOTES if shape else ()) + _noted(columns),
    )


def _check(sample: Sequence[Record], columns: Mapping[str, str], path: Path, fields: Sequence[str]) -> None:
    for meaning, column in columns.items():
        if meaning not in MEANINGS:
            raise UnknownPart("meaning of a column", meaning, MEANINGS)
        for name in column.split("|"):
            if sample and all(found(record, name) is None for record in sample):
                raise TraceError(f"{path}: no column {name!r} for {meaning}; there are {_listed(fields)}")


def _listed(fields: Sequence[str]) -> str:
    """The columns for a message; what stands where a header should may be anything, hence cut short."""
    names = [name if len(name) <= 40 else name[:40] + "..." for name in fields[:20]]
    return ", ".join(names) + (f" and {len(fields) - 20} more" if len(fields) > 20 else "")


def _shape(fields: Collection[str]) -> Shape | None:
    """The shape whose mark the columns bear; None where none does or a column is a key by its name."""
    known = [cast(Shape, import_module(f"{shapes.__name__}.{module.name}")) for module in iter_modules(shapes.__path__)]
    best = max(known, key=lambda shape: shape.fits(fields))
    least = 0.5 if set(KEY) & set(fields) else 0.0
    return best if best.fits(fields) > least else None


def _noted(columns: Mapping[str, str]) -> tuple[str, ...]:
    pairs = ", ".join(f"{meaning} from {column}" for meaning, column in columns.items())
    return (f"columns: {pairs}",) if columns else ()


def _plan(sample: Sequence[Record], shape: Shape | None, columns: Mapping[str, str]) -> _Plan:
    def reader() -> Read:
        if shape is None:
            return named(columns)
        return overlaid(columns, shape.reader()) if columns else shape.reader()

    given = {"costs" if meaning == "cost" else meaning for meaning in columns}
    return _Plan(reader(), _present(sample, reader()) | given, cost_columns(columns) or ("cost",))


def _present(sample: Sequence[Record], read: Read) -> frozenset[str]:
    """Those values that at least one record of the sample has."""
    present: set[str] = set()
    for record in sample:
        with suppress(Unusable):
            values = read(record)
            plain = {name: value for name, value in values._asdict().items() if name not in ("key", "costs")}
            present |= {name for name, value in plain.items() if not math.isnan(value)}
            present |= {"costs"} if not all(map(math.isnan, values.costs)) else set()
    return frozenset(present)


def _rows(batch: Sequence[Numbered], plan: _Plan, bad: BadRowCounter) -> Rows:
    lines: list[int] = []
    kept: list[Values] = []
    for line, record in batch:
        try:
            values = plan.read(record)
            if values.key is None:
                raise Unusable("no key")
        except Unusable as error:
            bad.leave_out(line, str(error))
            continue
        lines.append(line)
        kept.append(values)
    return _columns(lines, kept, plan)


def _columns(lines: list[int], kept: list[Values], plan: _Plan) -> Rows:
    def column(name: str) -> NDArray[np.float64] | None:
        return np.array([getattr(values, name) for values in kept]) if name in plan.present else None

    models = len(plan.cost_names)
    costs = [values.costs or (math.nan,) * models for values in kept] if "costs" in plan.present else None
    return Rows(
        lines=np.array(lines, np.int64),
        keys=np.array([values.key for values in kept], np.uint64),
        sizes=column("size"),
        costs=None if costs is None else np.array(costs, np.float64).reshape(-1, models),
        times=column("time"),
        tokens_in=column("tokens_in"),
        tokens_out=column("tokens_out"),
    )
