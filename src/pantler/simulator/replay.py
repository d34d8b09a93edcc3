"""A trace through the real engine, one query at a time."""

from array import array
from collections.abc import Callable
from time import thread_time
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pantler import build
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.errors import ConfigError
from pantler.core.seams import Multiplexer
from pantler.core.types import Query
from pantler.simulator.serving import Asked, Charges, Chunk, serve, serve_single
from pantler.simulator.sweep import Result
from pantler.traces.factorize import factorize
from pantler.traces.trace import Trace

CHUNK = 1 << 16
"""Requests between two calls of `progress`; the columns become Python's numbers so many at a time."""
Served: TypeAlias = tuple[bytearray, "array[float]"]
ServePart: TypeAlias = Callable[[slice], Served]


def replay(
    trace: Trace,
    policy: str,
    capacity_bytes: int,
    *,
    multiplexer: Multiplexer | None = None,
    progress: Callable[[int], None] | None = None,
) -> Result:
    """What one policy does with one capacity.

    `multiplexer` chooses among the models that the trace's cost columns are named for; without one there must be one
    column. Cost is saved against missing every request under the model that is cheapest for it, so that a multiplexer
    that chooses badly may save less than nothing. `progress` is called with the number of requests served since its
    last call.

    Raises UnknownPart for an unknown policy, CapacityError for a capacity below 1, ConfigError for several columns and
    no multiplexer, OutcomeError where a plan names what the trace has no cost of.
    """
    start = thread_time()
    engine = Engine(Cache(build.policy(policy, hashed=int), capacity_bytes), multiplexer or _only(trace))
    is_hit, paid = replayed(trace, engine, progress)
    cost = float(trace.costs.min(axis=1).sum())
    return Result(
        policy=policy,
        capacity_bytes=capacity_bytes,
        hits=int(np.count_nonzero(is_hit)),
        hit_ratio=_share(float(np.count_nonzero(is_hit)), len(trace)),
        byte_hit_ratio=_share(float(trace.sizes @ is_hit), float(trace.sizes.sum())),
        cost_saved=_share(cost - float(paid.sum()), cost),
        requests=len(trace),
        seconds=thread_time() - start,
    )


def replayed(
    trace: Trace, engine: Engine, progress: Callable[[int], None] | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which requests a stored answer served, with what each paid: both (n,).

    `progress` is called with the number of requests served since its last call. Raises OutcomeError where a plan names
    what the trace has no cost of.
    """
    asked = engine.multiplexer
    only = type(asked) is Asked and trace.cost_names == (asked.model,)
    serve_part = _single(trace, engine) if only else _chosen(trace, engine)
    hits = bytearray()
    paid = array("d")
    for start in range(0, len(trace), CHUNK):
        hit, spent = serve_part(slice(start, start + CHUNK))
        hits += hit
        paid += spent
        if progress is not None:
            progress(len(hit))
    return np.frombuffer(hits, np.bool_), np.frombuffer(paid)


def _single(trace: Trace, engine: Engine) -> ServePart:
    """How to serve a part of the trace where one model is asked whatever comes."""
    keys = trace.ids if trace.keys is None else trace.keys

    def serve_part(part: slice) -> Served:
        chunk = Chunk(keys[part].tolist(), trace.sizes[part].tolist(), trace.costs[part, 0].tolist())
        hits = bytearray(serve_single(engine, trace.cost_names[0], chunk))
        return hits, array("d", np.where(np.frombuffer(hits, np.bool_), 0.0, trace.costs[part, 0]).tobytes())

    return serve_part


def _chosen(trace: Trace, engine: Engine) -> ServePart:
    """How to serve a part of the trace where a multiplexer chooses."""
    queries, which = _queries(trace)

    def serve_part(part: slice) -> Served:
        columns = zip(trace.cost_names, trace.costs[part].T.tolist(), strict=True)
        charges: Charges = {(name,): column for name, column in columns}
        return serve(engine, list(map(queries.__getitem__, which[part].tolist())), charges)

    return serve_part


def _queries(trace: Trace) -> tuple[list[Query], NDArray[np.int32]]:
    """One query for each key and size that come together, with which of them each request is."""
    keys = np.arange(trace.distinct, dtype=np.uint64)
    if trace.keys is not None:
        keys[trace.ids] = trace.keys
    sizes, sized = np.unique(trace.sizes, return_inverse=True)
    which, pairs = factorize(trace.ids.astype(np.uint64) * np.uint64(len(sizes)) + sized.astype(np.uint64))
    ids, sized = np.divmod(pairs.astype(np.int64), len(sizes))
    return list(map(Query, keys[ids].tolist(), sizes[sized].tolist())), which


def _only(trace: Trace) -> Asked:
    if len(trace.cost_names) > 1:
        columns = ", ".join(trace.cost_names)
        raise ConfigError(f"{trace.name} has costs under {columns}; choose one column, or give a multiplexer")
    return Asked(trace.cost_names[0])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
