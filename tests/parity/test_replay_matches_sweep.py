"""Both lanes serve every request alike."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pantler.build import names, policy
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.simulator.kernels.requests import requests_of
from pantler.simulator.replay import replay, replayed
from pantler.simulator.serving import Asked
from pantler.simulator.study import is_swept
from pantler.simulator.sweep import lane, sweep
from pantler.traces.costs import with_own_costs
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace, trace_of

REPLAY_ONLY = {"auto"}
POLICIES = sorted(set(names("policies")) - REPLAY_ONLY)
RECORDINGS = {
    "scarab": "caffeine-misc/scarab-recs.trace.xz",
    "corda": "caffeine-misc/corda_vaultservice.gz",
    "CDN": "caffeine-misc/adaptsize_request.trace.xz",
}
MOST = 40_000


def test_a_study_sweeps_all_but_those_that_run_in_replay_only() -> None:
    assert {name for name in names("policies") if not is_swept(name)} == REPLAY_ONLY


def replayed_hits(trace: Trace, name: str, capacity: int) -> NDArray[np.bool_]:
    engine = Engine(Cache(policy(name, hashed=int), capacity), Asked(trace.cost_names[0]))
    return replayed(trace, engine)[0]


def swept_hits(trace: Trace, name: str, capacity: int) -> NDArray[np.bool_]:
    return lane(name, capacity).serve(requests_of(trace, 0), trace.distinct)


def random_trace(seed: int) -> Trace:
    """Keys over all 64 bits whose sizes and costs change between requests, some of them equal, some too large."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 2**64, 60, dtype=np.uint64)[rng.zipf(1.3, 3000) % 60]
    return trace_of(keys, sizes=rng.integers(1, 40, 3000), costs=rng.integers(0, 4, 3000) / 2)


def first_requests(path: Path, count: int) -> Trace:
    whole = with_own_costs(open_trace(path))
    assert whole.keys is not None
    return trace_of(whole.keys[:count], sizes=whole.sizes[:count], costs=whole.costs[:count])


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("capacity", [1, 30, 100, 400, 10_000])
def test_random_requests_hit_alike_whatever_the_capacity(name: str, capacity: int) -> None:
    for seed in range(4):
        trace = random_trace(seed)
        np.testing.assert_array_equal(
            replayed_hits(trace, name, capacity), swept_hits(trace, name, capacity), err_msg=f"seed {seed}"
        )


def trace_of_large_counts(seed: int) -> Trace:
    """A few large items that come often and do not fit together; then hundreds of small ones among them."""
    rng = np.random.default_rng(seed)
    few, many = rng.integers(0, 7, 6000), rng.integers(0, 2000, 3000) % 900
    keys = np.concatenate([few, np.where(rng.random(3000) < 0.5, many + 7, many % 7)]).astype(np.uint64)
    return trace_of(keys, sizes=np.where(keys < 7, 100, 2), costs=rng.random(9000))


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("capacity", [250, 650])
def test_keys_that_have_come_hundreds_of_times_hit_alike(name: str, capacity: int) -> None:
    for seed in range(3):
        trace = trace_of_large_counts(seed)
        np.testing.assert_array_equal(
            replayed_hits(trace, name, capacity), swept_hits(trace, name, capacity), err_msg=f"seed {seed}"
        )


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("recording", RECORDINGS)
def test_recorded_requests_hit_alike(shared_data: Path, recording: str, name: str) -> None:
    trace = first_requests(shared_data / "traces" / RECORDINGS[recording], MOST)
    capacity = trace.footprint // 50
    np.testing.assert_array_equal(replayed_hits(trace, name, capacity), swept_hits(trace, name, capacity))


@pytest.mark.parametrize("name", POLICIES)
def test_both_lanes_report_the_same_ratios(name: str) -> None:
    trace = generate("zipf:keys=500,requests=5000,flood=0.1")
    capacity = trace.footprint // 20
    (swept,) = sweep(trace, [name], [capacity])
    told = replay(trace, name, capacity)
    assert (told.policy, told.capacity_bytes, told.requests, told.hits) == (name, capacity, 5000, swept.hits)
    assert (told.hit_ratio, told.byte_hit_ratio) == (swept.hit_ratio, swept.byte_hit_ratio)
    assert told.cost_saved == pytest.approx(swept.cost_saved, abs=1e-12)
    assert told.hits > 0
