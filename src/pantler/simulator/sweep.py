"""Policies by capacities over one trace, compiled, on threads without the GIL."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import thread_time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pantler.build import configured, part
from pantler.core.errors import CapacityError, ConfigError
from pantler.core.seams import Discipline, Multiplexer, Score
from pantler.simulator.choosing import Bill, chosen
from pantler.simulator.kernels.queue_lane import QueueLane
from pantler.simulator.kernels.requests import Requests, requests_of
from pantler.simulator.kernels.score_lane import ScoreLane
from pantler.simulator.kernels.totals import totals_of
from pantler.traces.trace import Trace


@dataclass(frozen=True)
class Result:
    """What one policy did with one capacity.

    Ratios lie in 0..1, cold misses included: `hit_ratio` of the requests, `byte_hit_ratio` of the bytes asked for,
    `cost_saved` of the cost of missing every request. `seconds` are CPU seconds of the run, compiling left out.
    """

    policy: str
    capacity_bytes: int
    hits: int
    hit_ratio: float
    byte_hit_ratio: float
    cost_saved: float
    requests: int
    seconds: float


class Lane(Protocol):
    """One cache that serves one part of a trace after another."""

    def serve(self, requests: Requests, distinct: int) -> NDArray[np.bool_]:
        """Which of n requests hit, bool (n,); ids are below `distinct`."""
        ...


def sweep(  # noqa: PLR0913 - what, over what, and how
    trace: Trace | Iterable[Trace],
    policies: Sequence[str | Score | Discipline],
    capacities: Sequence[int],
    *,
    costs: int | str = 0,
    multiplexer: Multiplexer | None = None,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> list[Result]:
    """Every policy at every capacity in bytes, capacities outermost, over a trace or the parts of one that streams.

    policies    names, or policies with their parameters, such as LECDecayed(half_life=16)
    costs       the cost column by number or name; "best" is the cheapest model for each request
    multiplexer chooses among all cost columns in place of `costs`, where it learns nothing on the way; cost is then
                saved against missing every request under its cheapest model, as in `replay`
    progress    called with the number of requests that one more lane has served

    Raises ConfigError for a policy or a multiplexer that runs in replay only, CapacityError for a capacity below 1,
    UnknownPart for an unknown policy or column, OutcomeError for a plan of which the trace has no cost, MissingExtra
    without Numba.
    """
    runs = [_Run(policy, capacity) for capacity in capacities for policy in policies]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for piece in [trace] if isinstance(trace, Trace) else trace:
            bill = None if multiplexer is None else chosen(piece, multiplexer)
            requests = requests_of(piece, costs) if bill is None else bill.ranked
            for served in pool.map(lambda run: run.serve(requests, piece.distinct, bill), runs):  # noqa: B023 - drained
                if progress is not None:
                    progress(served)
    return [run.result() for run in runs]


def lane(policy: str | Score | Discipline, capacity: int) -> Lane:
    """A compiled cache under a policy, by name or with its parameters; compiles what this machine has not compiled yet.

    Raises as `sweep` does.
    """
    if capacity < 1:
        raise CapacityError(f"a capacity of {capacity} holds nothing; give at least one byte or item")
    if not (isinstance(policy, str) and hasattr(part("policies", policy), "candidates")):
        made: Any = configured("policies", policy) if isinstance(policy, str) else policy
        if isinstance(made, Discipline):
            return QueueLane(made, capacity)
        if isinstance(made, Score):
            return ScoreLane(made, capacity)
    raise ConfigError(f"policy {policy!r} decides by more than compiled functions; it runs in replay only")


class _Run:
    """One lane with its totals."""

    def __init__(self, policy: str | Score | Discipline, capacity: int) -> None:
        self.name = policy if isinstance(policy, str) else str(policy)
        self.capacity = capacity
        self.lane = lane(policy, capacity)
        self.seconds = self.saved = self.cost = 0.0
        self.requests = self.hits = self.bytes = self.hit_bytes = 0

    def serve(self, requests: Requests, distinct: int, bill: Bill | None = None) -> int:
        """Serve one part of the trace, billed as a multiplexer chose; how many requests it had."""
        start = thread_time()
        is_hit = self.lane.serve(requests, distinct)
        self.seconds += thread_time() - start
        self.requests += len(is_hit)
        self.hits += int(np.count_nonzero(is_hit))
        totals = totals_of(requests, is_hit)
        self.bytes += totals.bytes
        self.hit_bytes += totals.hit_bytes
        self.cost += totals.cost if bill is None else float(bill.least.sum())
        self.saved += totals.saved if bill is None else bill.saved(is_hit)
        return len(is_hit)

    def result(self) -> Result:
        """The totals as ratios."""
        return Result(
            policy=self.name,
            capacity_bytes=self.capacity,
            hits=self.hits,
            hit_ratio=_share(self.hits, self.requests),
            byte_hit_ratio=_share(self.hit_bytes, self.bytes),
            cost_saved=_share(self.saved, self.cost),
            requests=self.requests,
            seconds=self.seconds,
        )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
