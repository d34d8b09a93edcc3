"""A simulation of those keys of a trace that were drawn in proportion to their cost (traces/sample.py)."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.simulator.bounds.pfoo_parts import PfooParts
from pantler.simulator.lanes import CompiledLane, EngineLane, PartLane
from pantler.simulator.report import Report
from pantler.simulator.streamed import Parts, belady_note, counted, counted_bounds
from pantler.simulator.study import Study
from pantler.simulator.sweep import Result
from pantler.traces.key_sample import Estimate, estimated
from pantler.traces.sample import Draw, check_draw, draw_keys
from pantler.traces.tally import Tally
from pantler.traces.trace import Floats, Trace

CAUTION = 2.0
"""Standard errors of drawing keys in the error printed: another draw fills the cache otherwise too, which they miss."""

FEW = 100
"""Answers in a sampled cache below which its estimates are biased as much as uncertain."""

FEWEST = 30
"""Kept keys below which neither an estimate nor its error means anything."""

FINE = 1024
"""Parts of a byte in which a sampled cache is measured, so that the room of small answers is not rounded away."""
_MOST = 2.0**61


class _Kept(NamedTuple):
    """A part's requests for kept keys, the room that each answer takes, their places in the whole trace."""

    part: Trace
    occupied: NDArray[np.int64]
    places: NDArray[np.int64]


def sampled(parts: Parts, study: Study, *, rate: float, seed: int = 0) -> Report:
    """Estimates for every policy at every capacity of the study over the costed parts of a trace.

    Raises ConfigError for a rate outside 0..1 or one that keeps too few keys to estimate by, TraceError where nothing
    costs anything.
    """
    check_draw(rate, seed)
    tally, last = counted(parts, study)
    draw = draw_keys(tally, rate=rate, seed=seed)
    _check_enough(len(draw.chances), len(tally.keys), rate)
    sizes = study.sizes(tally.footprint)
    pairs = [(policy, size) for size in sizes for policy in study.policies]
    runs = [_Run(policy, size, is_swept=policy in study.swept, keys=len(draw.chances)) for policy, size in pairs]
    sums = _Sums(draw, tally, sizes)
    _serve(_kept(parts, draw), runs, sums, study)
    results, saved = zip(*(run.result(sums) for run in runs), strict=True)
    report = study.report(last, results, counted_bounds(sums.pfoo, tally, sizes, study), sizes)
    errors: dict[str, dict[str, float]] = {policy: {} for policy in study.policies}
    for row, estimate in zip(report.rows, saved, strict=True):
        errors[row.policy][row.capacity] = CAUTION * estimate.standard_error
    notes = (*report.notes, _note(sums, rate, seed), *_narrow(sums, study, sizes), *belady_note(study))
    return replace(report, notes=notes, errors=errors)


def _check_enough(kept: int, keys: int, rate: float) -> None:
    if kept >= FEWEST:
        return
    least = 2 * FEWEST / keys
    remedy = f"ask for {least:.1g} or more" if least < 1 else "leave it out, so small a trace is soon simulated whole"
    raise ConfigError(f"sampling rate {rate:g}: keeps {kept} of {keys:,} keys, too few to estimate by; {remedy}")


def _serve(kept: Iterable[_Kept], runs: Sequence["_Run"], sums: "_Sums", study: Study) -> None:
    with ThreadPoolExecutor(study.threads) as pool:
        for part in kept:
            sums.add(part)
            for served in pool.map(lambda run: run.serve(part), runs):  # noqa: B023 - drained here
                if study.progress is not None:
                    study.progress(served)


def _kept(parts: Parts, draw: Draw) -> Iterator[_Kept]:
    done = 0
    for part in parts():
        kept = draw.kept(part)
        occupied = np.rint(np.minimum(kept.sizes * FINE / draw.chances[kept.ids], _MOST)).astype(np.int64)
        yield _Kept(kept, occupied, done + np.flatnonzero(draw.is_kept[part.ids]))
        done += len(part)


class _Sums:
    """Requests, bytes and costs by kept key, which every estimate is corrected by, with the bound."""

    def __init__(self, draw: Draw, tally: Tally, sizes: Sequence[int]) -> None:
        keys = len(draw.chances)
        self.tally, self.chances, self.pfoo = tally, draw.chances, PfooParts(sizes)
        self._whole, self._first = np.zeros((3, keys)), np.zeros((3, keys))
        self._is_new = np.ones(keys, np.bool_)
        costs, first = float(tally.costs.sum()), float(tally.first_costs.sum())
        totals = [(tally.requests, len(tally.keys)), (tally.bytes, tally.first_bytes), (costs, first)]
        self._known = np.array([[total, total - once] for total, once in totals], np.float64)
        self.requests = 0

    def add(self, kept: _Kept) -> None:
        ids = kept.part.ids
        self.requests += len(ids)
        first = np.unique(ids, return_index=True)[1]
        first = first[self._is_new[ids[first]]]
        self._is_new[ids] = False
        for row, values in enumerate(_values(kept.part)):
            self._whole[row] += np.bincount(ids, values, len(self._is_new))
            self._first[row][ids[first]] = values[first]
        self.pfoo.add(kept.part, kept.places, 1 / self.chances[ids])

    def estimates(self, hits: Floats) -> tuple[Estimate, ...]:
        """The shares of requests, bytes and cost that hits have; `hits`, float64 (3, keys), is theirs by kept key."""
        again = self._whole - self._first
        return tuple(
            estimated(hit, np.column_stack([whole, repeated]), self.chances, known)
            for hit, whole, repeated, known in zip(hits, self._whole, again, self._known, strict=True)
        )


class _Run:
    """One policy at one capacity, with the requests, bytes and costs of its hits by kept key."""

    def __init__(self, policy: str, capacity: int, *, is_swept: bool, keys: int) -> None:
        self.policy, self.capacity = policy, capacity
        lane = CompiledLane if is_swept else EngineLane
        self._lane: PartLane = lane(policy, min(capacity * FINE, int(_MOST)))
        self._hits = np.zeros((3, keys))
        self._served = 0

    def serve(self, kept: _Kept) -> int:
        """Serve the kept requests of one part; how many there are."""
        is_hit = self._lane.serve(kept.part, kept.occupied)
        for row, values in enumerate(_values(kept.part)):
            self._hits[row] += np.bincount(kept.part.ids, values * is_hit, self._hits.shape[1])
        self._served += len(is_hit)
        return len(is_hit)

    def result(self, sums: _Sums) -> tuple[Result, Estimate]:
        """The estimates, with the cost saved once more beside its error."""
        requests, in_bytes, saved = sums.estimates(self._hits)
        found = Result(
            policy=self.policy,
            capacity_bytes=self.capacity,
            hits=round(requests.value * sums.tally.requests),
            hit_ratio=requests.value,
            byte_hit_ratio=in_bytes.value,
            cost_saved=saved.value,
            requests=self._served,
            seconds=self._lane.seconds,
        )
        return found, saved


def _values(part: Trace) -> tuple[Floats, Floats, Floats]:
    return np.ones(len(part)), part.sizes.astype(np.float64), part.costs[:, 0]


def _note(sums: _Sums, rate: float, seed: int) -> str:
    kept, tally = len(sums.chances), sums.tally
    return (
        f"sampled at {rate:g}, seed {seed}: {kept:,} of {len(tally.keys):,} keys, {sums.requests:,} of "
        f"{tally.requests:,} requests; ± is two standard errors of the draw, pfoo is an estimate too"
    )


def _narrow(sums: _Sums, study: Study, sizes: Sequence[int]) -> tuple[str, ...]:
    """A warning where a sampled cache holds too few answers to stand for the whole one."""
    held = [len(sums.chances) * size / sums.tally.footprint for size in sizes]
    few = [
        f"{capacity} (some {answers:.0f})"
        for capacity, answers in zip(study.capacities, held, strict=True)
        if answers < FEW
    ]
    return (
        (f"fewer than {FEW} answers fit in the sampled cache at {', '.join(few)}: biased there, raise --sample",)
        if few
        else ()
    )
