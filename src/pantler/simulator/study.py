"""What a simulation is asked, with how it is to run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

from pantler import build
from pantler.core.capacity import parse_share
from pantler.core.errors import ConfigError, UnknownPart
from pantler.simulator.report import Report, Row
from pantler.simulator.sweep import Result, lane
from pantler.traces.costs import with_costs, with_own_costs
from pantler.traces.trace import Trace

LANES = ("replay", "sweep")
BOUND_NAMES = ("pfoo", "static", "belady")

_EXAMPLES = {"policies": ["lru", "auto"], "capacities": ["2%", "64MB"], "bounds": ["pfoo", "belady"]}

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Study:
    """Policies by capacities under one cost column, beside bounds; the arguments are those of `simulate`.

    `counting` is called with the number of requests that the first pass over a trace in parts has counted.
    """

    policies: Sequence[str]
    capacities: Sequence[str]
    costs: str | None = None
    bounds: Sequence[str] = BOUND_NAMES
    lane: str | None = None
    threads: int = 2
    progress: Progress | None = None
    counting: Progress | None = None

    def __post_init__(self) -> None:
        self._check_kinds()
        asked: object = self.lane
        if not isinstance(asked, str | None) or asked not in (None, *LANES):
            raise UnknownPart("lane", asked, LANES)
        for name in self.bounds:
            if name not in BOUND_NAMES:
                raise UnknownPart("bound", name, BOUND_NAMES)
        for policy in self.policies:
            if not is_swept(policy) and self.lane == "sweep":
                lane(policy, 1)  # refuses it, saying why

    def _check_kinds(self) -> None:
        given: dict[str, object] = {"policies": self.policies, "capacities": self.capacities, "bounds": self.bounds}
        for what, names in given.items():
            if isinstance(names, str) or not isinstance(names, Sequence) or not (names or what == "bounds"):
                raise ConfigError(f"{what}={names!r}: no list of names; write for example {what}={_EXAMPLES[what]}")
        if not isinstance(self.costs, str | None):
            raise ConfigError(f"costs={self.costs!r}: no name; write costs='tokens', 'unit', 'best' or a column's name")
        threads: object = self.threads
        if not isinstance(threads, int) or threads < 1:
            raise ConfigError(f"threads={threads!r}: nothing would run; give a whole number of 1 or more")
        for told in (self.progress, self.counting):
            if not (told is None or callable(told)):
                raise ConfigError(f"progress={told!r}: no function; give one that takes a number of requests, or None")

    @property
    def swept(self) -> list[str]:
        """The policies that run compiled."""
        return [] if self.lane == "replay" else [policy for policy in self.policies if is_swept(policy)]

    @property
    def replayed(self) -> list[str]:
        """The policies that run through the engine."""
        swept = self.swept
        return [policy for policy in self.policies if policy not in swept]

    def sizes(self, footprint: int) -> list[int]:
        """The capacities in bytes."""
        return [parse_share(capacity, footprint=footprint) for capacity in self.capacities]

    def costed(self, trace: Trace) -> Trace:
        """The trace, or a part of one, with the one cost column that is asked for.

        Where none is, its own, of several models' columns the least for each request; drawn where it has none.
        """
        return with_costs(trace, self.costs) if self.costs else with_own_costs(trace)

    def report(
        self, trace: Trace, results: Sequence[Result], bounds: Mapping[str, Sequence[float]], sizes: Sequence[int]
    ) -> Report:
        """What was found at `sizes` bytes; the trace gives name, notes, and what was left out of the recording."""
        found = {name: dict(zip(self.capacities, shares, strict=True)) for name, shares in bounds.items()}
        by_name = {(result.policy, result.capacity_bytes): result for result in results}
        rows = [
            _row(by_name[policy, size], capacity, found["pfoo"][capacity])
            for capacity, size in zip(self.capacities, sizes, strict=True)
            for policy in self.policies
        ]
        return Report(trace.name, tuple(rows), found, trace.notes, _left_out(trace))


def is_swept(policy: str) -> bool:
    """Whether the sweep has a compiled form of the policy. Raises UnknownPart for an unknown one."""
    kind = build.part("policies", policy)
    return hasattr(kind, "priority") or hasattr(kind, "enter")


def _left_out(trace: Trace) -> tuple[str, ...]:
    return tuple(str(trace.bad_rows).splitlines()) if trace.bad_rows.count else ()


def _row(result: Result, capacity: str, bound: float) -> Row:
    if isclose(result.cost_saved, bound, rel_tol=1e-9):  # sums of the same costs in another order
        bound = result.cost_saved
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
