"""Miss ratios against libCacheSim's, to four digits, where policies and ties are the same.

libCacheSim is GPL: it is run here for comparison alone, and no part of pantler needs it. It is installed in the
environment of the benchmarks, in which `make test-peers` runs this folder; elsewhere these tests are skipped.
"""

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


def ours(trace: Trace, policy: str, capacity: int) -> float:
    return 1.0 - sweep(trace, [policy], [capacity])[0].hit_ratio


@pytest.mark.parametrize(("policy", "name"), [("lru", "LRU"), ("sieve", "Sieve"), ("gdsf", "GDSF")])
@pytest.mark.parametrize("share", [0.01, 0.07])
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


@pytest.mark.parametrize(
    ("policy", "name", "spec"),
    [("gdsf", "GDSF", EQUAL), ("lfu", "LFU", EQUAL), ("s3_fifo", "S3FIFO", SIZED), ("w_tiny_lfu", "WTinyLFU", SIZED)],
)
def test_where_ties_or_details_differ_the_miss_ratios_are_told(
    policy: str, name: str, spec: str, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    trace = generate(spec.format(seed=3))
    capacity = trace.footprint // 15
    both = ours(trace, policy, capacity), theirs(trace, name, capacity, tmp_path)
    record_property("miss ratios, ours and libCacheSim's", both)
    print(f"{policy}: ours {both[0]:.4f}, libCacheSim's {both[1]:.4f}")  # noqa: T201 - told, not asserted
