"""What a miss costs, where the recording does not say."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.trace import Trace

DEAR_SHARE_TENTHS = 3
DEAR_RATIO = 20
_TABLE_BITS = 16
_BYTES_PER_TOKEN = 4
_OVERHEAD_BYTES = 64

_COSTS_NOTE = (
    "costs drawn by a fixed hash of the key: lognormal answer tokens (median 200, 1 to 4,096), "
    "for 30 % of the keys 20 times as dear; "
)
_ABSENT = "they are not in the recording"
_SET_ASIDE = "the recording's own are left aside, as --costs tokens asks"
_KEPT = "sizes are the recording's own"
_SIZES_NOTE = "sizes from the same draw: 4 bytes a token plus 64; they are not in the recording"


def with_costs(trace: Trace, costs: str) -> Trace:
    """The trace with costs as named.

    tokens    drawn by a fixed hash of the key whatever the recording has; sizes too, where it has none
    unit      1 for every miss
    best      of several models' columns, that of the cheapest for each request
    a name    that one of `trace.cost_names`, or the recorded `tokens_in` or `tokens_out`

    Raises TraceError for `tokens` on a trace that dropped its keys, UnknownPart for a name that is none of these.
    """
    if costs == "tokens":
        return _tokens(trace)
    if costs == "unit":
        return _with_column(trace, np.ones(len(trace)), costs, "misses")
    if costs == "best":
        note = f"costs: the least of {', '.join(trace.cost_names)} for each request"
        trace = replace(trace, notes=(*trace.notes, note))
        return _with_column(trace, trace.costs.min(axis=1), costs, trace.cost_unit)
    if costs in trace.cost_names:
        return _with_column(trace, trace.costs[:, trace.cost_names.index(costs)], costs, trace.cost_unit)
    counted = {"tokens_in": trace.tokens_in, "tokens_out": trace.tokens_out}
    recorded = {name: column for name, column in counted.items() if column is not None}
    if costs in recorded:
        return _with_column(trace, recorded[costs].astype(np.float64), costs, "tokens")
    raise UnknownPart("cost column", costs, {"tokens", "unit", "best", *trace.cost_names, *recorded})


def with_own_costs(trace: Trace) -> Trace:
    """The trace with one column of its own costs, of several models' the least for each request; drawn if it has none.

    Raises TraceError where they have to be drawn and the trace dropped its keys.
    """
    if "cost" not in trace.own:
        return with_costs(trace, "tokens")
    return with_costs(trace, "best" if len(trace.cost_names) > 1 else trace.cost_names[0])


def _with_column(trace: Trace, column: NDArray[np.float64], name: str, unit: str) -> Trace:
    own = trace.own - {"cost"} if name == "unit" else trace.own | {"cost"}
    return replace(trace, costs=column.reshape(-1, 1), cost_names=(name,), cost_unit=unit, own=own)


def answer_bytes(tokens: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64 bytes that an answer of so many tokens takes."""
    return np.rint(tokens * _BYTES_PER_TOKEN + _OVERHEAD_BYTES).astype(np.int64)


def drawn_by_key(keys: NDArray[np.uint64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer tokens with the cost in cheap-model tokens of each key, both float64 (n,); the same key, the same draw."""
    mixed = _mixed(keys)
    tokens = _token_table()[(mixed & np.uint64((1 << _TABLE_BITS) - 1)).astype(np.int64)]
    is_dear = (mixed >> np.uint64(20)) % np.uint64(10) < DEAR_SHARE_TENTHS
    return tokens, np.where(is_dear, tokens * DEAR_RATIO, tokens)


def _tokens(trace: Trace) -> Trace:
    if trace.keys is None:
        raise TraceError(f"{trace.name}: costs by tokens need the raw keys, which this trace dropped; keep them")
    tokens, costs = drawn_by_key(trace.keys)
    is_sized = "size" in trace.own
    note = _COSTS_NOTE + (_SET_ASIDE if "cost" in trace.own else _ABSENT)
    return replace(
        trace,
        costs=costs.reshape(-1, 1),
        cost_names=("tokens",),
        cost_unit="token equivalents",
        own=trace.own - {"cost"},
        sizes=trace.sizes if is_sized else answer_bytes(tokens),
        notes=(*trace.notes, note, _KEPT if is_sized else _SIZES_NOTE),
    )


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hash of our comparison of policies (design note on caching, section 4); uint64 products wrap."""
    mixed = keys * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return mixed


def _token_table() -> NDArray[np.float64]:
    """float64 (65536,): lognormal answer lengths, which the low bits of the hash pick from."""
    drawn = np.exp(np.random.default_rng(5).normal(5.3, 1.1, 1 << _TABLE_BITS))
    return np.clip(drawn, 1, 4096)
