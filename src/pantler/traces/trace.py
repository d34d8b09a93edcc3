"""A trace: what was asked, in order, as columns."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import NO_BAD_ROWS, BadRows
from pantler.traces.factorize import factorize

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Trace:
    """n requests for `distinct` keys, with the cost of a miss under each of K models.

    ids          int32 (n,), dense from 0 by first appearance; in a streamed part, dense across the parts so far
    sizes        int64 (n,), bytes of the answer, at least 1
    costs        float64 (n, K), of a miss, not negative, in `cost_unit`; column k is called `cost_names[k]`
    keys         uint64 (n,), the raw keys that `ids` stand for, or None where they were dropped
    times        float64 (n,), seconds, or None where the recording has none; likewise tokens_in, tokens_out int64 (n,)
    own          those of "size" and "cost" that the recording itself gave; the others were filled in
    notes        sentences to print beside every result: where sizes and costs come from
    bad_rows     what was left out of the recording
    """

    ids: NDArray[np.int32]
    sizes: Integers
    costs: Floats
    distinct: int
    keys: NDArray[np.uint64] | None = None
    times: Floats | None = None
    tokens_in: Integers | None = None
    tokens_out: Integers | None = None
    cost_names: tuple[str, ...] = ("unit",)
    cost_unit: str = "misses"
    own: frozenset[str] = frozenset()
    name: str = "trace"
    notes: tuple[str, ...] = ()
    bad_rows: BadRows = NO_BAD_ROWS

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def key_sizes(self) -> Integers:
        """int64 (distinct,): the largest size seen of each key."""
        largest = np.zeros(self.distinct, np.int64)
        np.maximum.at(largest, self.ids, self.sizes)
        return largest

    @property
    def footprint(self) -> int:
        """Bytes to keep every key at its largest size; a capacity in percent is a share of this.

        Raises TraceError where no machine could.
        """
        return bytes_of(self.key_sizes)


def trace_of(
    keys: ArrayLike, *, sizes: ArrayLike | None = None, costs: ArrayLike | None = None, times: ArrayLike | None = None
) -> Trace:
    """A trace from columns in memory; sizes in bytes and costs, (n,) or (n, K), are 1 where they are not given.

    Raises TraceError where keys are no whole numbers, a column has another length than they, a size is below 1 or a
    cost is negative or not finite.
    """
    raw = _keys(keys)
    ids, distinct = factorize(raw)
    matrix = _costs(costs, len(raw))
    return Trace(
        ids=ids,
        keys=raw,
        distinct=len(distinct),
        sizes=_sizes(sizes, len(raw)),
        costs=matrix,
        times=None if times is None else _column("times", times, len(raw)),
        cost_names=("unit",) if costs is None else cost_names(matrix.shape[1]),
        cost_unit="misses" if costs is None else "units",
        own=frozenset(name for name, given in (("size", sizes), ("cost", costs)) if given is not None),
    )


def bytes_of(sizes: Integers) -> int:
    """The sum of sizes. Raises TraceError where it is past counting."""
    if sizes.sum(dtype=np.float64) >= 2**62:
        raise TraceError("the sizes of all keys add up to more than 2**62 bytes; check which column holds the size")
    return int(sizes.sum())


def cost_names(models: int) -> tuple[str, ...]:
    """What the cost columns of `models` models are called where nothing names them."""
    return ("cost",) if models == 1 else tuple(f"cost_{model}" for model in range(1, models + 1))


def _keys(keys: ArrayLike) -> NDArray[np.uint64]:
    raw = np.asarray(keys)
    if raw.ndim != 1 or (len(raw) and raw.dtype.kind not in "iub"):
        raise TraceError(
            f"keys: shape {raw.shape} of {raw.dtype}; give one whole number of 64 bits for each request, "
            "as numpy.unique(keys, return_inverse=True)[1] makes them of anything else"
        )
    return raw.view(np.uint64) if raw.dtype == np.int64 else raw.astype(np.uint64)


def _sizes(sizes: ArrayLike | None, length: int) -> Integers:
    if sizes is None:
        return np.ones(length, np.int64)
    column = _column("sizes", sizes, length)
    if not ((column >= 1) & (column < 2**62)).all():
        raise TraceError("sizes: every size must be at least one byte, and below 2**62")
    return column.astype(np.int64)


def _costs(costs: ArrayLike | None, length: int) -> Floats:
    if costs is None:
        return np.ones((length, 1))
    matrix = _floats("costs", costs)
    matrix = matrix.reshape(length, -1) if matrix.ndim == 1 and len(matrix) == length else matrix
    if matrix.ndim != 2 or len(matrix) != length:
        raise TraceError(f"costs: shape {matrix.shape} for {length} keys; give (n,) or (n, K)")
    if not ((matrix >= 0) & (matrix < np.inf)).all():
        raise TraceError("costs: every cost must be zero or more, none may be NaN or without end")
    return matrix


def _column(name: str, values: ArrayLike, length: int) -> Floats:
    column = _floats(name, values)
    if column.shape != (length,):
        raise TraceError(f"{name}: shape {column.shape} for {length} keys; give one value for each key")
    return column


def _floats(name: str, values: ArrayLike) -> Floats:
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise TraceError(f"{name}: {error}; give an array of numbers") from error
