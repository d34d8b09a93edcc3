"""A simulation of a trace that memory does not hold, read twice: once to count, once to serve."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pantler.core.errors import TraceError
from pantler.simulator.bounds.pfoo_parts import PfooParts
from pantler.simulator.bounds.static import fixed_savings
from pantler.simulator.lanes import EngineLane
from pantler.simulator.report import Report
from pantler.simulator.study import Study
from pantler.simulator.sweep import Result, sweep
from pantler.traces.tally import Tally
from pantler.traces.trace import Trace

NO_BELADY = "belady needs the whole trace in memory and is left out"
_NOTE = "read in parts, twice; pfoo by intervals counted by density, at most 0.3 % above its value"

Parts = Callable[[], Iterable[Trace]]


def streamed(parts: Parts, study: Study) -> Report:
    """Every policy at every capacity of the study over the costed parts of a trace."""
    tally, last = counted(parts, study)
    sizes = study.sizes(tally.footprint)
    pfoo = PfooParts(sizes)
    engines = [_Replayed(policy, size) for size in sizes for policy in study.replayed]
    served = _watched(parts(), pfoo, engines, study)
    results = sweep(served, study.swept, sizes, threads=study.threads, progress=study.progress)
    results += [engine.result(tally) for engine in engines]
    report = study.report(last, results, counted_bounds(pfoo, tally, sizes, study), sizes)
    return replace(report, notes=(*report.notes, _NOTE, *belady_note(study)))


def counted(parts: Parts, study: Study) -> tuple[Tally, Trace]:
    """What the first pass counts, with the last part, whose notes and bad rows are those of the whole."""
    tally = Tally()
    last = None
    for part in parts():
        tally.add(part)
        last = part
        if study.counting is not None:
            study.counting(len(part))
    if last is None:
        raise TraceError("the trace has no requests; check that the recording was written out")
    return tally, last


def counted_bounds(pfoo: PfooParts, tally: Tally, sizes: Sequence[int], study: Study) -> dict[str, list[float]]:
    """The bounds that need no more than what was counted, as shares of the cost of missing every request.

    Where `pfoo` saw a sample, its estimate is scaled as the cost of its repeated requests is to the known one.
    """
    total, reused = float(tally.costs.sum()), float(tally.repeated.sum())
    scale = reused / pfoo.reused if pfoo.reused else 1.0
    kept = {"pfoo": [min(scale * saved, reused) for saved in pfoo.saved(tally.requests)]}
    if "static" in study.bounds:
        kept["static"] = fixed_savings(tally.repeated, tally.sizes, sizes)
    return {name: [saved / total if total else 0.0 for saved in savings] for name, savings in kept.items()}


def belady_note(study: Study) -> tuple[str, ...]:
    """What to say where a bound was asked for that parts cannot give."""
    return (NO_BELADY,) if "belady" in study.bounds else ()


def _watched(parts: Iterable[Trace], pfoo: PfooParts, engines: Sequence["_Replayed"], study: Study) -> Iterator[Trace]:
    """The parts as they come, each first seen by the bound and by the engines."""
    done = 0
    for part in parts:
        pfoo.add(part, np.arange(done, done + len(part)))
        done += len(part)
        for engine in engines:
            engine.serve(part)
            if study.progress is not None:
                study.progress(len(part))
        yield part


class _Replayed:
    """One policy through the engine, with what its hits add up to."""

    def __init__(self, policy: str, capacity: int) -> None:
        self._policy, self._capacity = policy, capacity
        self._lane = EngineLane(policy, capacity)
        self._hits, self._bytes, self._saved = 0, 0.0, 0.0

    def serve(self, part: Trace) -> None:
        is_hit = self._lane.serve(part, part.sizes)
        self._hits += int(np.count_nonzero(is_hit))
        self._bytes += float(part.sizes @ is_hit)
        self._saved += float(part.costs[:, 0] @ is_hit)

    def result(self, tally: Tally) -> Result:
        total = float(tally.costs.sum())
        return Result(
            policy=self._policy,
            capacity_bytes=self._capacity,
            hits=self._hits,
            hit_ratio=self._hits / tally.requests,
            byte_hit_ratio=self._bytes / tally.bytes,
            cost_saved=self._saved / total if total else 0.0,
            requests=tally.requests,
            seconds=self._lane.seconds,
        )
