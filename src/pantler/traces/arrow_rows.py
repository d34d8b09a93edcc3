"""Arrow tables as columns without a Python object for each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.mapping import cost_columns
from pantler.traces.names import KEY, known_columns
from pantler.traces.rows import Rows
from pantler.traces.shapes import litellm
from pantler.traces.values import key_of

METADATA = b"pantler.trace"
COST_PREFIX = "cost."


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What `write_trace` says about a table beyond its columns."""

    cost_names: tuple[str, ...]
    cost_unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PlainColumns:
    """Which columns of a table hold what: meaning -> column, those of the costs apart."""

    plain: Mapping[str, str]
    costs: tuple[str, ...]
    described: Described

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.plain.values(), *self.costs)


def plain_columns(schema: Any, columns: Mapping[str, str]) -> PlainColumns | None:
    """The columns by their names or as named; None where the table has to be read record by record."""
    written = (schema.metadata or {}).get(METADATA)
    named = {**known_columns(schema.names), **columns}
    if written and not columns:
        described = msgspec.json.decode(written, type=Described)
        costs = tuple(COST_PREFIX + name for name in described.cost_names)
    elif "key" in columns or (set(KEY) & set(schema.names) and not litellm.fits(schema.names)):
        costs = cost_columns(named)
        notes = (f"columns: {', '.join(f'{meaning} from {name}' for meaning, name in named.items())}",)
        described = Described(cost_names=costs or ("cost",), cost_unit="units", notes=notes)
    else:
        return None
    plain = {meaning: name for meaning, name in named.items() if meaning != "cost"}
    found = PlainColumns(plain=plain, costs=costs, described=described)
    return found if _is_plain(schema, found) else None


def plain_rows(batch: Any, columns: PlainColumns, first: int, bad: BadRowCounter) -> Rows:
    """The rows of an Arrow batch whose first row has the number `first`; rows without a key go to `bad`."""
    keys, has_key = _keys(batch.column(columns.plain["key"]))
    for place in np.flatnonzero(~has_key).tolist():
        bad.leave_out(first + place, "no key")
    numbers = {meaning: _numbers(batch.column(name)) for meaning, name in columns.plain.items() if meaning != "key"}
    costs = [_numbers(batch.column(name)) for name in columns.costs]
    rows = Rows(
        lines=np.arange(first, first + len(keys)),
        keys=keys,
        sizes=numbers.get("size"),
        costs=np.column_stack(costs) if costs else None,
        times=numbers.get("time"),
        tokens_in=numbers.get("tokens_in"),
        tokens_out=numbers.get("tokens_out"),
    )
    return rows if has_key.all() else rows.take(has_key)


def _is_plain(schema: Any, columns: PlainColumns) -> bool:
    from pyarrow import types

    if "key" not in columns.plain or not set(columns.fields) <= set(schema.names):
        return False
    key = schema.field(columns.plain["key"]).type
    others = [schema.field(name).type for name in columns.fields if name != columns.plain["key"]]
    is_key = types.is_integer(key) or types.is_string(key) or types.is_large_string(key)
    return is_key and all(types.is_integer(t) or types.is_floating(t) or types.is_timestamp(t) for t in others)


def _keys(column: Any) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The keys, with whether there is one."""
    from pyarrow import types

    present = np.asarray(column.is_valid())
    if types.is_integer(column.type):
        plain = column.fill_null(0).to_numpy(zero_copy_only=False)
        return plain.astype(np.uint64) if plain.dtype.kind == "u" else plain.astype(np.int64).view(np.uint64), present
    encoded = column.dictionary_encode()
    hashes = [key_of(value) for value in encoded.dictionary.to_pylist()]
    keys = np.array([key or 0 for key in hashes] + [0], np.uint64)
    has_key = np.array([key is not None for key in hashes] + [False])
    places = np.asarray(encoded.indices.fill_null(len(hashes)))
    return keys[places], has_key[places]


def _numbers(column: Any) -> NDArray[np.float64]:
    """The values as float64, NaN for null; timestamps in seconds since 1970."""
    from pyarrow import types

    if types.is_timestamp(column.type):
        unit = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[column.type.unit]
        return _numbers(column.cast("int64")) / unit
    return np.asarray(column.cast("float64", safe=False).to_numpy(zero_copy_only=False), np.float64)
