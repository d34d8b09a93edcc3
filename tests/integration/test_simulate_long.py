"""`pantler simulate` over what memory does not hold: in parts, and by a sample of the keys."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pantler
from pantler.core.errors import ConfigError, TraceError
from pantler.simulator.bounds.pfoo import pfoo
from pantler.simulator.bounds.pfoo_parts import PfooParts
from pantler.simulator.simulation import Sampling
from pantler.simulator.streamed import NO_BELADY
from pantler.traces.formats.oraclegeneral import RECORD
from pantler.traces.generate import generate
from pantler.traces.reading import TraceFile, stream_trace
from pantler.traces.trace import trace_of
from pantler.traces.writing import write_trace

MADE = generate("zipf:alpha=0.9,keys=4000,requests=40000,seed=5,drift=0.05")
POLICIES = ["lru", "gdsf_remembered", "lec", "auto"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "made.parquet"
    write_trace(MADE, path)
    return path


def test_a_recording_read_in_parts_gives_the_numbers_of_the_whole(recording: Path) -> None:
    whole = pantler.simulate(recording, policies=POLICIES, capacities=["2%", "10%"])
    parts = pantler.simulate(recording, policies=POLICIES, capacities=["2%", "10%"], hold=10_000)
    for held, read in zip(whole.rows, parts.rows, strict=True):
        assert (read.policy, read.capacity_bytes, read.requests) == (held.policy, held.capacity_bytes, held.requests)
        assert (read.hit_ratio, read.byte_hit_ratio) == pytest.approx((held.hit_ratio, held.byte_hit_ratio), abs=1e-12)
        assert read.cost_saved == pytest.approx(held.cost_saved, abs=1e-12)
        assert held.bound_saved - 1e-12 <= read.bound_saved <= held.bound_saved * 1.003
    assert parts.bounds["static"] == pytest.approx(whole.bounds["static"])
    assert set(parts.bounds) == {"pfoo", "static"}
    assert NO_BELADY in parts.notes


@pytest.mark.parametrize("cut", [1, 7, 20_000])
def test_the_bound_of_parts_is_pfoo_and_never_below_it(cut: int) -> None:
    trace = trace_of(MADE.keys[:3000], sizes=MADE.sizes[:3000], costs=MADE.costs[:3000])  # type: ignore[index]
    capacities = [trace.footprint // 100, trace.footprint // 4]
    parts = PfooParts(capacities)
    rows = np.arange(len(trace))
    for start in range(0, len(trace), cut):
        chosen = rows[start : start + cut]
        part = trace_of([0], sizes=[1])
        columns = {"ids": trace.ids[chosen], "sizes": trace.sizes[chosen], "costs": trace.costs[chosen]}
        parts.add(type(part)(distinct=int(trace.ids[: start + cut].max()) + 1, **columns), chosen)
    found = np.array(parts.saved(len(trace))) / trace.costs.sum()
    exact = np.array(pfoo(trace, capacities))
    assert (found >= exact - 1e-12).all()
    assert found == pytest.approx(exact, rel=0.003)


def test_a_sample_estimates_the_whole_with_its_error_printed(recording: Path) -> None:
    whole = pantler.simulate(recording, policies=POLICIES, capacities=["30%"])
    for seed in range(3):
        found = pantler.simulate(recording, policies=POLICIES, capacities=["30%"], sample=Sampling(0.3, seed))
        assert found.errors is not None
        for row, true in zip(found.rows, whole.rows, strict=True):
            assert 0 < found.errors[row.policy]["30%"] < 0.04
            assert abs(row.cost_saved - true.cost_saved) < 0.02
            assert abs(row.bound_saved - true.bound_saved) < 0.02
            assert row.requests < true.requests
        assert found.bounds["static"] == pytest.approx(whole.bounds["static"])


def test_a_sampled_cache_that_holds_few_answers_is_told() -> None:
    keys = np.arange(300) % 100
    kept = pantler.simulate(
        trace_of(keys, costs=3.0 + keys), policies=["lru", "auto"], capacities=["3B"], sample=Sampling(1.0, 3)
    )
    assert all(row.requests <= 300 for row in kept.rows)
    assert any(note.startswith("sampled at 1, seed 3") for note in kept.notes)
    assert any("raise --sample" in note for note in kept.notes)


def test_a_sample_is_the_same_whether_the_recording_is_held_or_not(recording: Path) -> None:
    held, parts = (
        pantler.simulate(recording, policies=POLICIES, capacities=["10%"], sample=0.2, hold=hold)
        for hold in (100_000, 0)
    )
    for one, other in zip(held.rows, parts.rows, strict=True):
        assert one.cost_saved == pytest.approx(other.cost_saved, abs=1e-9)


def test_a_sample_of_too_few_keys_is_refused_with_a_rate_that_would_do() -> None:
    with pytest.raises(ConfigError, match=r"keeps \d+ of 100 keys, too few to estimate by; ask for 0.6 or more"):
        pantler.simulate(trace_of(np.arange(300) % 100, costs=np.ones(300)), sample=0.05)
    with pytest.raises(ConfigError, match="leave it out"):
        pantler.simulate(trace_of([1, 2, 1], costs=[1.0, 2.0, 1.0]), sample=0.5)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.5, float("nan")])
def test_a_rate_that_is_no_share_is_refused(recording: Path, rate: float) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        pantler.simulate(recording, sample=rate)


def test_bad_rows_past_the_share_are_found_before_anything_is_simulated(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"key": 1, "size": 10}\n' * 50 + '{"key": 2, "size": -1}\n')
    with pytest.raises(TraceError, match="line 51: size is -1"):
        pantler.simulate(log, policies=["lru"], hold=0)
    report = pantler.simulate(TraceFile(log, max_bad_share=0.1), policies=["lru"], capacities=["10B"], hold=0)
    assert report.bad_rows == ("1 of 51 rows left out (line 51: size is -1)",)
    assert [len(part) for part in stream_trace(log, chunk=20, max_bad_share=0.1)] == [20, 20, 10]


CHILD = """
import resource, sys
from click.testing import CliRunner
from pantler.cli import main
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[1:]:
    words = ["simulate", name, "--policies", "lru,gdsf", "--capacities", "2%", "--hold", "1000000", "--json"]
    made = CliRunner().invoke(main, words)
    assert made.exit_code == 0, made.output
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_ten_times_the_requests_take_hardly_more_memory(tmp_path: Path) -> None:
    names = []
    for millions in (2, 12):
        rows = np.zeros(millions * 1_000_000, RECORD)
        rows["key"] = np.random.default_rng(1).zipf(1.3, len(rows)) % 5000
        rows["size"], rows["next"] = 10, -1
        names.append(tmp_path / f"{millions}.oracleGeneral")
        names[-1].write_bytes(rows.tobytes())
        del rows
    found = subprocess.run([sys.executable, "-c", CHILD, *names], capture_output=True, check=True, text=True)
    small, large = map(int, found.stdout.split())
    kibibyte = 1024 if sys.platform == "darwin" else 1  # ru_maxrss is in bytes there
    assert large - small < 64 * 1024 * kibibyte  # 10 million more requests take 240 MB on disk, thrice that as columns


def test_the_command_prints_errors_and_json_holds_them_beside_the_rows(recording: Path) -> None:
    from click.testing import CliRunner

    from pantler.cli import main

    words = ["simulate", str(recording), "--policies", "lru", "--capacities", "10%", "--sample", "0.3", "--seed", "2"]
    shown = CliRunner().invoke(main, words)
    assert shown.exit_code == 0, shown.output
    assert "± error" in shown.output
    found = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert found["errors"]["lru"]["10%"] > 0
    assert "error" not in found["rows"][0]
