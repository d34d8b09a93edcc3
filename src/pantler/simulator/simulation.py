"""Policies by capacities over a trace, each result beside its bounds."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pantler.core.errors import ConfigError, TraceError
from pantler.simulator.bounds.belady import belady
from pantler.simulator.bounds.pfoo import pfoo
from pantler.simulator.bounds.static import static_optimum
from pantler.simulator.replay import replay
from pantler.simulator.report import Report
from pantler.simulator.sampled import sampled
from pantler.simulator.streamed import streamed
from pantler.simulator.study import BOUND_NAMES, Study
from pantler.simulator.sweep import sweep
from pantler.traces.generate import generate
from pantler.traces.reading import TraceFile
from pantler.traces.sample import check_draw
from pantler.traces.trace import Trace

POLICIES = ("lru", "lfu", "gdsf", "gdsf_remembered", "lec", "auto")
CAPACITIES = ("0.5%", "2%", "10%", "30%")
HELD = 10_000_000
"""Requests up to which a recording is held in memory; a longer one is read twice, in parts."""

BOUNDS: dict[str, Callable[..., list[float]]] = {"pfoo": pfoo, "static": static_optimum, "belady": belady}


@dataclass(frozen=True)
class Sampling:
    """About `rate` (0..1) of the keys, drawn by cost; another seed, another independent draw."""

    rate: float
    seed: int = 0

    def __post_init__(self) -> None:
        check_draw(self.rate, self.seed)


def simulate(  # noqa: PLR0913 - what, over what, and how
    trace: Trace | TraceFile | str | Path,
    *,
    policies: Sequence[str] = POLICIES,
    capacities: Sequence[str] = CAPACITIES,
    costs: str | None = None,
    bounds: Sequence[str] = BOUND_NAMES,
    lane: str | None = None,
    sample: float | Sampling | None = None,
    hold: int = HELD,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """What each policy would have saved on a trace, a recording's path, or a specification such as "zipf:alpha=0.9".

    `capacities` are shares of the trace's footprint ("2%") or bytes ("64MB"); `costs` is "tokens" (drawn by a hash
    of the key), "unit", a column, or of several the "best" for each request: by default the trace's own where it has
    them and "tokens" elsewhere; `bounds` are "pfoo", always there, "static" and "belady"; `lane` is "replay" for the
    engine, "sweep" for compiled policies only, by default what each policy has; `sample` keeps about such a share of
    the keys and estimates; a recording of more than `hold` requests is read in parts; `progress` is called with the
    number of requests that one more policy has served.

    Raises TraceError, UnknownPart, CapacityError or ConfigError for what cannot be read, found or held.
    """
    study = Study(
        policies=policies,
        capacities=capacities,
        costs=costs,
        bounds=bounds,
        lane=lane,
        threads=threads,
        progress=progress,
    )
    sampling = Sampling(sample) if isinstance(sample, float | int) else sample
    if not isinstance(sampling, Sampling | None):
        raise ConfigError(f"sample={sample!r}: no share of the keys; give a number above 0 and up to 1")
    most: object = hold
    if not isinstance(most, int) or most < 0:
        raise ConfigError(f"hold={most!r}: no number of requests; give a whole number of 0 or more")
    return simulated(loaded(trace, hold), study, sampling)


def simulated(source: Trace | TraceFile, study: Study, sampling: Sampling | None = None) -> Report:
    """The report of a study over a trace in memory, or over a recording that is read in parts."""
    if sampling is not None:
        return sampled(partial(_parts, source, study), study, rate=sampling.rate, seed=sampling.seed)
    if isinstance(source, TraceFile):
        return streamed(partial(_parts, source, study), study)
    return _held(study.costed(source), study)


def loaded(
    trace: Trace | TraceFile | str | Path, hold: int = HELD, progress: Callable[[int], None] | None = None
) -> Trace | TraceFile:
    """The trace itself, a recording, or what a specification asks for; a recording of more than `hold` is not read.

    `progress` is told of the requests read.
    """
    if isinstance(trace, Trace):
        return trace
    if not isinstance(trace, TraceFile | str | Path):
        raise TraceError(f"{trace!r} is no trace; name a recording, generate one, or make one of arrays with trace_of")
    if isinstance(trace, TraceFile) or os.path.exists(trace):  # noqa: PTH110 - a specification is no path
        file = trace if isinstance(trace, TraceFile) else TraceFile(trace)
        return file.held(hold, progress) or file
    if isinstance(trace, str) and ":" in trace:
        return generate(trace)
    raise TraceError(f"no file {trace}; name a recording, or generate one: zipf:alpha=0.9,keys=1000,requests=10000")


def _parts(source: Trace | TraceFile, study: Study) -> Iterator[Trace]:
    return map(study.costed, [source] if isinstance(source, Trace) else source.parts())


def _held(trace: Trace, study: Study) -> Report:
    """Every policy at every capacity, compiled where it can be, through the engine elsewhere."""
    sizes = study.sizes(trace.footprint)
    results = sweep(trace, study.swept, sizes, threads=study.threads, progress=study.progress)
    results += [replay(trace, policy, size, progress=study.progress) for policy in study.replayed for size in sizes]
    names = dict.fromkeys(("pfoo", *study.bounds))
    return study.report(trace, results, {name: BOUNDS[name](trace, sizes) for name in names}, sizes)
