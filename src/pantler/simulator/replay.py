"""A trace through the real engine, one query at a time."""

from array import array
from collections.abc import Callable, Iterable
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from pantler import build
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.errors import ConfigError, OutcomeError
from pantler.core.seams import Multiplexer, Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.simulator.sweep import Result
from pantler.traces.factorize import factorize
from pantler.traces.trace import Trace

CHUNK = 1 << 16
"""Requests between two calls of `progress`; the columns become Python's numbers so many at a time."""


class Asked(Steady):
    """The one model is asked, and a hit saves what the call for the stored answer cost."""

    def __init__(self, model: str) -> None:
        self._call = Call(Plan((model,)), 0.0, reason="the only model")

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return self._call

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return Serve(event.query, event.model, event.cost) if type(event) is Outcome else stored

    def revalue(self, stored: Serve) -> float:
        return stored.saved


class Charges(dict[tuple[str, ...], list[float]]):
    """What asking the models of a plan costs for each request of a chunk; the recording has single models only."""

    def __missing__(self, models: tuple[str, ...]) -> list[float]:
        raise OutcomeError(
            f"the trace does not say what asking {' then '.join(models)} costs; "
            f"its cost columns are {', '.join(name for (name,) in self)}"
        )


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
    queries, which = _queries(trace)
    hits = bytearray()
    paid = array("d")
    for start in range(0, len(trace), CHUNK):
        part = slice(start, start + CHUNK)
        columns = zip(trace.cost_names, trace.costs[part].T.tolist(), strict=True)
        charges = Charges({(name,): column for name, column in columns})
        chosen = which[part].tolist()
        hit, spent = _serve(engine, map(queries.__getitem__, chosen), charges)
        hits += hit
        paid += spent
        if progress is not None:
            progress(len(chosen))
    return np.frombuffer(hits, np.bool_), np.frombuffer(paid)


def _serve(engine: Engine, queries: Iterable[Query], charges: Charges) -> tuple[bytearray, "array[float]"]:
    look, decide, learn = engine.look, engine.decide, engine.learn
    requests = len(next(iter(charges.values())))
    hits = bytearray(requests)
    paid = array("d", bytes(8 * requests))
    for place, query in enumerate(queries):
        decision = look(query)
        if type(decision) is Serve:
            hits[place] = 1
            if decision.upgrade is None:
                continue
            call = decision.upgrade
        else:
            call = decide(decision)  # type: ignore[arg-type,assignment]  # a Miss, and a Call for want of neighbours
        models = call.plan.models
        cost = charges[models][place]
        paid[place] = cost
        model = models[0]
        learn(Outcome(query, model, cost, ((model, cost),)))
    return hits, paid


def _queries(trace: Trace) -> tuple[list[Query], NDArray[np.int32]]:
    """One query for each key and size that come together, with which of them each request is."""
    sizes, sized = np.unique(trace.sizes, return_inverse=True)
    which, pairs = factorize(trace.ids.astype(np.uint64) * np.uint64(len(sizes)) + sized.astype(np.uint64))
    ids, sized = np.divmod(pairs.astype(np.int64), len(sizes))
    keys = np.arange(trace.distinct, dtype=np.uint64)
    if trace.keys is not None:
        keys[trace.ids] = trace.keys
    return list(map(Query, keys[ids].tolist(), sizes[sized].tolist())), which


def _only(trace: Trace) -> Asked:
    if len(trace.cost_names) > 1:
        columns = ", ".join(trace.cost_names)
        raise ConfigError(f"{trace.name} has costs under {columns}; choose one column, or give a multiplexer")
    return Asked(trace.cost_names[0])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
