"""Every recording of ../shared/data/traces, against the counts that its README states."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from pantler.core.errors import TraceError
from pantler.traces.costs import with_own_costs
from pantler.traces.generate import generate
from pantler.traces.reading import open_trace, stream_trace
from pantler.traces.trace import Trace

COUNTS = {
    "cache2k/orm-busy.trace.xz": (5_000_000, 76_349),
    "cache2k/web12.trace.xz": (95_607, 13_756),
    "caffeine-misc/scarab-recs.trace.xz": (1_245_184, 258_368),
    "caffeine-misc/corda_vaultservice.gz": (135_702, 90_468),
    "caffeine-misc/adaptsize_request.trace.xz": (66_987, 36_815),
    "caffeine-misc/penalties_gcc.trace.xz": (515_683, 35_070),
    "mooncake/conversation_trace.jsonl.xz": (288_500, 182_790),
}
ONCE = {"cache2k/web12.trace.xz": 0.45, "caffeine-misc/scarab-recs.trace.xz": 0.48}
STATISTICS = [
    "azure-llm-2023/conv.csv.xz",
    "servegen/language-m-small.tar.xz",
    "servegen/multimodal-mm-image.tar.xz",
]


@pytest.mark.parametrize("name", COUNTS)
def test_each_trace_has_the_requests_and_keys_that_its_readme_states(shared_data: Path, name: str) -> None:
    trace = open_trace(shared_data / "traces" / name)
    assert (len(trace), trace.distinct) == COUNTS[name]
    assert trace.bad_rows.count == 0
    assert len(np.unique(trace.ids)) == trace.distinct


@pytest.mark.parametrize("name", ONCE)
def test_the_share_of_keys_seen_once_is_as_stated(shared_data: Path, name: str) -> None:
    trace = open_trace(shared_data / "traces" / name)
    assert (np.bincount(trace.ids) == 1).mean() == pytest.approx(ONCE[name], abs=0.005)


def test_a_streamed_trace_is_the_whole_one(shared_data: Path) -> None:
    path = shared_data / "traces" / "caffeine-misc" / "scarab-recs.trace.xz"
    whole, parts = open_trace(path), list(stream_trace(path, chunk=100_000))
    assert len(parts) == 13
    assert np.array_equal(np.concatenate([part.ids for part in parts]), whole.ids)


def test_a_mooncake_block_costs_the_same_wherever_it_comes_and_the_top_one_is_known(shared_data: Path) -> None:
    trace = open_trace(shared_data / "traces" / "mooncake" / "conversation_trace.jsonl.xz")
    dearest = np.zeros(trace.distinct)
    np.maximum.at(dearest, trace.ids, trace.costs[:, 0])
    assert (dearest[trace.ids] == trace.costs[:, 0]).all()
    assert np.bincount(trace.ids).max() / len(trace) == pytest.approx(0.042, abs=0.0005)


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_are_refused_as_traces_but_make_workloads(shared_data: Path, name: str) -> None:
    path = shared_data / "traces" / name
    with pytest.raises(TraceError, match="--generate from:"):
        open_trace(path)
    trace = generate(f"from:{path},keys=5000,requests=20000")
    assert len(trace) == 20_000
    assert len(np.unique(trace.sizes)) > 100


def test_azures_median_token_counts_are_as_stated(shared_data: Path) -> None:
    path = shared_data / "traces" / "azure-llm-2023" / "conv.csv.xz"
    trace = generate(f"from:{path},keys=200000,requests=200000,flood=1,input_price=1")
    answers = (trace.sizes - 64) / 4
    assert np.median(answers) == pytest.approx(129, abs=2)
    assert np.median(trace.costs[:, 0] - answers) == pytest.approx(1020, abs=10)


def lru_cost_saved(trace: Trace, share: float) -> float:
    capacity = trace.footprint * share
    kept: OrderedDict[int, int] = OrderedDict()
    used, saved = 0, 0.0
    costs = trace.costs[:, 0].tolist()
    for key, size, cost in zip(trace.ids.tolist(), trace.sizes.tolist(), costs, strict=True):
        if key in kept:
            kept.move_to_end(key)
            saved += cost
        elif size <= capacity:
            while used + size > capacity:
                used -= kept.popitem(last=False)[1]
            kept[key] = size
            used += size
    return saved / sum(costs)


@pytest.mark.parametrize(
    ("name", "share", "stated"),
    [
        ("cache2k/orm-busy.trace.xz", 0.005, 65.9),
        ("cache2k/web12.trace.xz", 0.005, 31.3),
        ("cache2k/web12.trace.xz", 0.1, 67.3),
        ("caffeine-misc/scarab-recs.trace.xz", 0.005, 26.8),
        ("caffeine-misc/corda_vaultservice.gz", 0.02, 33.3),
        ("caffeine-misc/adaptsize_request.trace.xz", 0.005, 19.9),
        ("mooncake/conversation_trace.jsonl.xz", 0.005, 1.5),
        ("mooncake/conversation_trace.jsonl.xz", 0.1, 23.5),
    ],
)
def test_lru_on_the_drawn_costs_saves_what_the_design_note_measured(
    shared_data: Path, name: str, share: float, stated: float
) -> None:
    trace = with_own_costs(open_trace(shared_data / "traces" / name))
    assert 100 * lru_cost_saved(trace, share) == pytest.approx(stated, abs=0.06)
