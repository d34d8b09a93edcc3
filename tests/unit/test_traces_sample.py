from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from pantler.core.errors import ConfigError, TraceError
from pantler.traces.generate import generate
from pantler.traces.key_sample import KeySample
from pantler.traces.sample import sample_parts, sample_trace
from pantler.traces.trace import Trace, trace_of

TRACE = generate("zipf:alpha=0.9,keys=4000,requests=60000,seed=3")


def lru_hits(trace: Trace, occupied: np.ndarray, capacity: int) -> np.ndarray:
    """Which requests hit in a plain LRU of so many bytes."""
    kept: OrderedDict[int, int] = OrderedDict()
    used, hits = 0, np.zeros(len(trace), np.bool_)
    for place, (key, size) in enumerate(zip(trace.ids.tolist(), occupied.tolist(), strict=True)):
        if key in kept:
            kept.move_to_end(key)
            hits[place] = True
        elif size <= capacity:
            while used + size > capacity:
                used -= kept.popitem(last=False)[1]
            kept[key] = size
            used += size
    return hits


def test_a_rate_of_one_keeps_the_dear_keys_whole_and_knows_every_total() -> None:
    sample = sample_trace(TRACE, rate=1.0)
    per_key = np.bincount(TRACE.ids, TRACE.costs[:, 0])
    assert sample.requests == len(TRACE)
    assert sample.distinct == TRACE.distinct
    assert sample.footprint == TRACE.footprint
    assert sample.total_costs[0] == pytest.approx(per_key.sum())
    first = np.zeros(TRACE.distinct)
    first[TRACE.ids[::-1]] = TRACE.costs[::-1, 0]
    assert sample.repeated_costs[0] == pytest.approx((per_key - first).sum())
    expected = np.clip(per_key / per_key.sum() * len(per_key) / 2, 0.5, 1)
    assert TRACE.keys is not None
    by_key = dict(zip(TRACE.keys.tolist(), expected[TRACE.ids].tolist(), strict=True))
    assert sample.trace.keys is not None
    chances = dict(zip(sample.trace.keys.tolist(), sample.chances[sample.trace.ids].tolist(), strict=True))
    assert all(chances[key] == pytest.approx(by_key[key]) for key in chances)


def test_kept_keys_keep_all_their_requests_in_order() -> None:
    sample = sample_trace(TRACE, rate=0.1)
    assert TRACE.keys is not None
    assert sample.trace.keys is not None
    is_kept = np.isin(TRACE.keys, sample.trace.keys)
    assert (TRACE.keys[is_kept] == sample.trace.keys).all()
    assert (TRACE.sizes[is_kept] == sample.trace.sizes).all()
    first = np.unique(sample.trace.ids, return_index=True)[1]
    assert (np.diff(first) > 0).all()
    assert sample.trace.distinct == len(first) == len(sample.chances)


def test_a_kept_key_takes_the_room_of_those_it_stands_for() -> None:
    sample = sample_trace(TRACE, rate=0.1)
    chances = sample.chances[sample.trace.ids]
    assert (np.abs(sample.occupied - sample.trace.sizes / chances) <= 0.5).all()
    everyone = np.unique(sample.trace.ids, return_index=True)[1]
    assert sample.occupied[everyone].sum() == pytest.approx(sample.footprint, rel=0.15)


def test_the_number_of_kept_keys_stays_under_the_rate() -> None:
    kept = [sample_trace(TRACE, rate=0.1, seed=seed).trace.distinct / TRACE.distinct for seed in range(5)]
    assert 0.05 < np.mean(kept) < 0.1


def test_a_streamed_trace_gives_the_same_sample() -> None:
    def parts() -> list[Trace]:
        assert TRACE.keys is not None
        cuts = [slice(start, start + 20_000) for start in (0, 20_000, 40_000)]
        return [
            replace(
                TRACE,
                ids=TRACE.ids[cut],
                keys=TRACE.keys[cut],
                sizes=TRACE.sizes[cut],
                costs=TRACE.costs[cut],
                distinct=int(TRACE.ids[: cut.stop].max()) + 1,
            )
            for cut in cuts
        ]

    streamed, whole = sample_parts(parts, rate=0.2, seed=4), sample_trace(TRACE, rate=0.2, seed=4)
    assert (streamed.trace.ids == whole.trace.ids).all()
    assert np.allclose(streamed.chances, whole.chances)
    assert streamed.repeated_costs == pytest.approx(whole.repeated_costs)
    assert (streamed.requests, streamed.footprint) == (whole.requests, whole.footprint)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_estimates_of_a_simulated_cache_stay_near_the_truth(share: float) -> None:
    capacity = int(TRACE.footprint * share)
    is_hit = lru_hits(TRACE, TRACE.sizes, capacity)
    saved = (TRACE.costs[:, 0] * is_hit).sum() / TRACE.costs.sum()
    errors = []
    for seed in range(6):
        sample = sample_trace(TRACE, rate=0.2, seed=seed)
        hits = lru_hits(sample.trace, sample.occupied, capacity)
        errors.append(sample.cost_saved(hits).value - saved)
        assert abs(sample.hit_ratio(hits).value - is_hit.mean()) < 0.06
    assert np.sqrt(np.mean(np.square(errors))) < 0.02


def fixed_hits(sample_or_trace: Trace) -> np.ndarray:
    """Hits that depend on the key alone, so that sampling is the only error."""
    assert sample_or_trace.keys is not None
    return sample_or_trace.keys % 3 > 0


def test_estimates_are_unbiased_with_the_spread_that_they_claim() -> None:
    truth = (TRACE.costs[:, 0] * fixed_hits(TRACE)).sum() / TRACE.costs.sum()
    samples = [sample_trace(TRACE, rate=0.1, seed=seed) for seed in range(60)]
    found = [sample.cost_saved(fixed_hits(sample.trace)) for sample in samples]
    values = np.array([estimate.value for estimate in found])
    claimed = float(np.mean([estimate.standard_error for estimate in found]))
    assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(60)
    assert claimed == pytest.approx(values.std(), rel=0.4)


def test_knowing_the_totals_makes_sure_answers_exact() -> None:
    sample = sample_trace(TRACE, rate=0.1)
    everything = sample.cost_saved(np.ones(len(sample.trace), np.bool_))
    assert everything.value == pytest.approx(1.0)
    assert everything.standard_error == pytest.approx(0.0, abs=1e-9)


def test_another_column_has_its_own_totals() -> None:
    double = trace_of([1, 2, 1, 3], costs=[[1.0, 5.0], [2.0, 6.0], [1.0, 5.0], [4.0, 8.0]])
    sample: KeySample = sample_trace(double, rate=1.0, seed=1)
    assert sample.total_costs.tolist() == [8.0, 24.0]
    assert sample.repeated_costs.tolist() == [1.0, 5.0]


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        sample_trace(TRACE, rate=rate)


def test_a_trace_that_costs_nothing_cannot_be_sampled_by_cost() -> None:
    with pytest.raises(TraceError, match="costs anything"):
        sample_trace(trace_of([1, 2], costs=[0.0, 0.0]), rate=0.5)
