"""The bound that stands beside every result, which no policy may pass."""

from pathlib import Path

import numpy as np
import pytest

import pantler
from pantler.build import names
from pantler.traces.generate import generate
from pantler.traces.trace import Trace, trace_of
from pantler.traces.writing import write_trace

POLICIES = sorted(set(names("policies")) - {"auto"})
CAPACITIES = ["1%", "10%", "50%"]


def uneven(seed: int) -> Trace:
    """Keys that come back with another size at each request, from a thirtieth to thirty times of what is usual."""
    made, rng = generate(f"zipf:keys=300,requests=6000,seed={seed}"), np.random.default_rng(seed)
    sizes = np.exp(rng.normal(5.0, 1.2, len(made))).astype(np.int64) + 1
    return trace_of(made.ids.astype(np.int64), sizes=sizes)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_policy_passes_the_bound_where_a_keys_size_changes(seed: int) -> None:
    for row in pantler.simulate(uneven(seed), policies=POLICIES, capacities=CAPACITIES).rows:
        assert row.cost_saved <= row.bound_saved <= 1, row


def test_no_policy_passes_the_bound_of_parts_where_a_keys_size_changes(tmp_path: Path) -> None:
    path = tmp_path / "uneven.parquet"
    write_trace(uneven(3), path)
    whole = pantler.simulate(path, policies=["lec"], capacities=CAPACITIES)
    parts = pantler.simulate(path, policies=["lec"], capacities=CAPACITIES, hold=1000)
    for held, read in zip(whole.rows, parts.rows, strict=True):
        assert held.cost_saved == pytest.approx(read.cost_saved)
        assert held.bound_saved - 1e-12 <= read.bound_saved <= held.bound_saved * 1.003
