"""Policies by capacities over a trace, each result beside its bound."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from pantler.build import part
from pantler.core.capacity import parse_share
from pantler.core.errors import TraceError
from pantler.simulator.bounds.belady import belady
from pantler.simulator.bounds.pfoo import pfoo
from pantler.simulator.bounds.static import static_optimum
from pantler.simulator.replay import replay
from pantler.simulator.sweep import Result, sweep
from pantler.traces.costs import with_costs
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace

POLICIES = ("lru", "lfu", "gdsf", "gdsf_remembered", "lec", "auto")
CAPACITIES = ("0.5%", "2%", "10%", "30%")
BOUNDS: dict[str, Callable[..., list[float]]] = {"pfoo": pfoo, "static": static_optimum, "belady": belady}


@dataclass(frozen=True)
class Row:
    """What one policy saved at one capacity; ratios 0..1, cold misses included, `seconds` of CPU.

    `capacity` is as it was given; `bound_saved` is cost-weighted PFOO-L, which no policy exceeds.
    """

    policy: str
    capacity: str
    capacity_bytes: int
    hit_ratio: float
    byte_hit_ratio: float
    cost_saved: float
    bound_saved: float
    share_of_bound: float
    requests: int
    seconds: float


@dataclass(frozen=True)
class Report:
    """The rows of a simulation, with what must be known beside them.

    `bounds` holds, by name, the share of cost saved at each capacity in the order given; `notes` are sentences on where
    sizes and costs come from, `bad_rows` those on what was left out of the recording.
    """

    trace: str
    rows: tuple[Row, ...]
    bounds: dict[str, dict[str, float]]
    notes: tuple[str, ...] = ()
    bad_rows: tuple[str, ...] = ()

    def to_json(self) -> str:
        """{"schema": 1, "rows": [...]} with the trace's name, its notes and the bounds beside."""
        return msgspec.json.encode({"schema": 1, **asdict(self)}).decode()

    def plot(self, path: str | Path) -> None:
        """Draw cost saved over capacity, the bound as the ceiling, into a file whose ending names the format."""
        from pantler.simulator.plots import draw

        draw(self, path)

    def _repr_html_(self) -> str:
        from pantler.simulator.page import body

        return body(self)


def simulate(  # noqa: PLR0913 - what, over what, and how
    trace: Trace | str | Path,
    *,
    policies: Sequence[str] = POLICIES,
    capacities: Sequence[str] = CAPACITIES,
    costs: str | None = None,
    bounds: Sequence[str] = ("pfoo",),
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """What each policy would have saved on a trace, a recording's path, or a specification such as "zipf:alpha=0.9".

    `capacities` are shares of the trace's footprint ("2%") or bytes ("64MB"); `costs` is "tokens" (drawn by a hash
    of the key), "unit", or a column, by default the trace's own where it has them and "tokens" elsewhere; `progress` is
    called with the number of requests that one more policy has served.

    Raises TraceError, UnknownPart, CapacityError or ConfigError for what cannot be read, found or held.
    """
    costed = costed_trace(loaded(trace), costs)
    sizes = [parse_share(capacity, footprint=costed.footprint) for capacity in capacities]
    for policy in policies:
        part("policies", policy)
    results = _results(costed, policies, sizes, threads, progress)
    names = dict.fromkeys(("pfoo", *bounds))
    found = {name: dict(zip(capacities, BOUNDS[name](costed, sizes), strict=True)) for name in names}
    rows = [
        _row(results[policy, size], capacity, found["pfoo"][capacity])
        for capacity, size in zip(capacities, sizes, strict=True)
        for policy in policies
    ]
    return Report(costed.name, tuple(rows), found, costed.notes, bad_row_lines(costed))


def loaded(trace: Trace | str | Path) -> Trace:
    """The trace itself, a recording, or what a specification asks for."""
    if isinstance(trace, Trace):
        return trace
    if os.path.exists(trace):  # noqa: PTH110 - a specification is no path
        return open_trace(trace)
    if isinstance(trace, str) and ":" in trace:
        return generate(trace)
    raise TraceError(f"no file {trace}; name a recording, or generate one: zipf:alpha=0.9,keys=1000,requests=10000")


def costed_trace(trace: Trace, costs: str | None) -> Trace:
    """The trace with one cost column as asked; its own where nothing is asked and it has one."""
    if costs is None:
        costs = trace.cost_names[0] if "cost" in trace.own else "tokens"
    return with_costs(trace, costs)


def bad_row_lines(trace: Trace) -> tuple[str, ...]:
    """What was left out of a recording, a sentence to a line; nothing where nothing was."""
    return tuple(str(trace.bad_rows).splitlines()) if trace.bad_rows.count else ()


def _results(
    trace: Trace, policies: Sequence[str], sizes: Sequence[int], threads: int, progress: Callable[[int], None] | None
) -> dict[tuple[str, int], Result]:
    """Every policy at every capacity, compiled where it can be, through the engine elsewhere."""
    swept = [policy for policy in policies if _is_swept(policy)]
    results = sweep(trace, swept, sizes, threads=threads, progress=progress)
    results += [
        replay(trace, policy, size, progress=progress) for policy in policies if policy not in swept for size in sizes
    ]
    return {(result.policy, result.capacity_bytes): result for result in results}


def _is_swept(policy: str) -> bool:
    kind: Any = part("policies", policy)
    return hasattr(kind, "priority")


def _row(result: Result, capacity: str, bound: float) -> Row:
    return Row(
        policy=result.policy,
        capacity=capacity,
        capacity_bytes=result.capacity_bytes,
        hit_ratio=result.hit_ratio,
        byte_hit_ratio=result.byte_hit_ratio,
        cost_saved=result.cost_saved,
        bound_saved=bound,
        share_of_bound=result.cost_saved / bound if bound else 0.0,
        requests=result.requests,
        seconds=result.seconds,
    )
