"""Traces as files."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pantler.core.errors import MissingExtra, TraceError
from pantler.traces.arrow_rows import COST_PREFIX, METADATA, Described
from pantler.traces.formats.oraclegeneral import RECORD
from pantler.traces.trace import Trace


def write_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace as Parquet with all its columns, or, to a name ending in .oracleGeneral, for libCacheSim.

    oracleGeneral holds whole seconds below 2**32, sizes below 2**32 and no costs. Raises TraceError for a trace
    without raw keys or one that the format cannot hold, MissingExtra where pyarrow is not installed.
    """
    target = Path(path)
    if trace.keys is None:
        raise TraceError(f"{trace.name}: a trace that dropped its raw keys cannot be written; keep them")
    if target.suffix == ".oracleGeneral":
        target.write_bytes(_oracle_general(trace).tobytes())
    else:
        _write_parquet(trace, target)


def next_accesses(trace: Trace) -> np.ndarray:
    """int64 (n,): the place from 0 of the next request for the same key, -1 where none follows."""
    order = np.argsort(trace.ids, kind="stable")
    same = trace.ids[order[1:]] == trace.ids[order[:-1]]
    following = np.full(len(trace), -1, np.int64)
    following[order[:-1][same]] = order[1:][same]
    return following


def _oracle_general(trace: Trace) -> np.ndarray:
    times = np.zeros(len(trace)) if trace.times is None else trace.times
    for name, column in (("times", times), ("sizes", trace.sizes)):
        if len(trace) and (column.min() < 0 or column.max() >= 2**32):
            raise TraceError(f"{trace.name}: {name} do not fit oracleGeneral's 32 bits; write Parquet instead")
    following = next_accesses(trace)
    rows = np.empty(len(trace), RECORD)
    rows["time"], rows["key"], rows["size"] = times, trace.keys, trace.sizes
    rows["next"] = np.where(following < 0, -1, following + 1)  # libCacheSim counts requests from 1
    return rows


def _write_parquet(trace: Trace, target: Path) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("writing Parquet", "simulator") from error
    described = Described(cost_names=trace.cost_names, cost_unit=trace.cost_unit, notes=trace.notes)
    table = pyarrow.table(_columns(trace), metadata={METADATA: msgspec.json.encode(described)})
    parquet.write_table(table, target, compression="zstd")


def _columns(trace: Trace) -> dict[str, Any]:
    """The columns by name, pyarrow turns them into its own arrays."""
    optional = {"time": trace.times, "tokens_in": trace.tokens_in, "tokens_out": trace.tokens_out}
    costs = dict(zip([COST_PREFIX + name for name in trace.cost_names], trace.costs.T.copy(), strict=True))
    return {
        "key": trace.keys,
        "size": trace.sizes,
        **costs,
        **{name: column for name, column in optional.items() if column is not None},
    }
