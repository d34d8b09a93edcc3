"""Miss ratios against libCacheSim's, to four digits, where policies and ties are the same.

Its GDSF lets a newcomer in before it makes room: the newcomer ranks by the clock as it stood, and may be the one that
leaves. Ours makes room first and ranks the newcomer by the clock after (theory 2.5). A twin with the one rule changed
hits request by request as theirs does; so nothing else differs.

libCacheSim is GPL: it is run here for comparison alone, and no part of pantler needs it. It is installed in the
environment of the benchmarks, in which `make test-peers` runs this folder; elsewhere these tests are skipped.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from pathlib import Path

import pytest

from pantler.simulator.sweep import sweep
from pantler.traces.generate import generate
from pantler.traces.trace import Trace
from pantler.traces.writing import write_trace

libcachesim = pytest.importorskip("libcachesim", reason="needs the wheel libcachesim; `make test-peers` has it")

SIZED = "zipf:alpha=0.9,keys=100000,requests=1000000,sizes=lognormal,costs=unit,seed={seed}"
EQUAL = "zipf:alpha=0.9,keys=100000,requests=1000000,sizes=unit,costs=unit,seed={seed}"


def theirs(trace: Trace, name: str, capacity: int, folder: Path) -> float:
    path = folder / "trace.oracleGeneral"
    write_trace(trace, path)
    reader = libcachesim.TraceReader(str(path), libcachesim.TraceType.ORACLE_GENERAL_TRACE)
    cache = getattr(libcachesim, name)(capacity, hashpower=18)
    return float(cache.process_trace(reader, max_req=len(trace))[0])


def gdsf_that_makes_room_after(trace: Trace, capacity: int) -> float:
    """The miss ratio of GDSF at cost 1 where a newcomer is ranked and let in before the least are evicted."""
    assert trace.keys is not None
    heap, current, count = list[tuple[float, int, int, int]](), dict[int, tuple[float, int]](), dict[int, int]()
    clock, used, misses = 0.0, 0, 0
    for number, (key, size) in enumerate(zip(trace.keys.tolist(), trace.sizes.tolist(), strict=True)):
        if key not in current:
            misses += 1
            if size > capacity:
                continue
            count[key], used = 0, used + size
        count[key] += 1
        current[key] = clock + count[key] * 1e6 / size, number
        heappush(heap, (*current[key], key, size))
        while used > capacity:
            priority, touched, least, room = heappop(heap)
            if current.get(least) == (priority, touched):
                clock, used = priority, used - room
                del current[least]
    return misses / len(trace)


def ours(trace: Trace, policy: str, capacity: int) -> float:
    return 1.0 - sweep(trace, [policy], [capacity])[0].hit_ratio


@pytest.mark.parametrize(
    ("policy", "name", "share"),
    [
        ("lru", "LRU", 0.01),
        ("lru", "LRU", 0.07),
        ("sieve", "Sieve", 0.01),
        ("sieve", "Sieve", 0.07),
        ("gdsf", "GDSF", 0.07),
    ],
)
def test_miss_ratios_agree_to_four_digits_with_sizes_that_differ(
    policy: str, name: str, share: float, tmp_path: Path
) -> None:
    trace = generate(SIZED.format(seed=1))
    capacity = int(share * trace.footprint)
    assert ours(trace, policy, capacity) == pytest.approx(theirs(trace, name, capacity, tmp_path), abs=1e-4)


@pytest.mark.parametrize(("policy", "name"), [("lru", "LRU"), ("sieve", "Sieve")])
def test_miss_ratios_agree_to_four_digits_with_equal_sizes(policy: str, name: str, tmp_path: Path) -> None:
    trace = generate(EQUAL.format(seed=2))
    assert ours(trace, policy, 6000) == pytest.approx(theirs(trace, name, 6000, tmp_path), abs=1e-4)


@pytest.mark.parametrize("share", [0.01, 0.07])
@pytest.mark.parametrize("spec", [SIZED, EQUAL])
def test_gdsf_differs_by_when_a_newcomer_comes_in_and_by_nothing_else(spec: str, share: float, tmp_path: Path) -> None:
    trace = generate(spec.format(seed=1))
    capacity = int(share * trace.footprint)
    told = theirs(trace, "GDSF", capacity, tmp_path)
    assert gdsf_that_makes_room_after(trace, capacity) == pytest.approx(told, abs=1e-9)
    assert ours(trace, "gdsf", capacity) == pytest.approx(told, abs=5e-4)


@pytest.mark.parametrize(
    ("policy", "name", "spec", "share"),
    [
        ("gdsf", "GDSF", SIZED, 0.01),
        ("gdsf", "GDSF", EQUAL, 0.07),
        ("lfu", "LFU", EQUAL, 0.07),
        ("s3_fifo", "S3FIFO", SIZED, 0.07),
        ("w_tiny_lfu", "WTinyLFU", SIZED, 0.07),
    ],
)
def test_where_ties_or_details_differ_the_miss_ratios_are_within_a_point(  # noqa: PLR0917 - parameters and fixtures
    policy: str, name: str, spec: str, share: float, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    trace = generate(spec.format(seed=3))
    capacity = int(share * trace.footprint)
    both = ours(trace, policy, capacity), theirs(trace, name, capacity, tmp_path)
    record_property("miss ratios, ours and libCacheSim's", both)
    print(f"{policy}, {share:.0%} of {spec}: ours {both[0]:.4f}, libCacheSim's {both[1]:.4f}")  # noqa: T201 - told, not asserted
    assert both[0] == pytest.approx(both[1], abs=0.01)
