"""The faithful mode against a plain twin, and against the means of the artifact's own simulator."""

from math import hypot, sqrt

import numpy as np
import pytest

from pantler.simulator.reproduce.instances import draw, workload
from pantler.simulator.reproduce.published import TARGET_SEEDS, published, target
from pantler.simulator.reproduce.suite import CAPACITY, SETTINGS, STRATEGIES, Selector, Setting, Strategy
from pantler.simulator.reproduce.synthetic import costs_of_seed, faithful, run
from pantler.simulator.reproduce.workload import Workload

SEEDS = range(40)


def twin_online(work: Workload, strategy: Strategy) -> float:
    """The artifact's online server as prose reads, in lists and dictionaries."""
    counts: dict[int, int] = {}
    large: dict[int, list[float]] = {}
    small: dict[int, list[float]] = {}
    cache: list[int] = []
    paid = 0.0

    def mean(seen: list[float]) -> float:
        return sum(seen) / len(seen) if seen else 0.0

    def weight(q: int) -> float:
        if not strategy.weighs_cost:
            return counts[q]
        costs = (mean(large[q]), mean(small[q]))
        return counts[q] * (min(costs) if strategy.selector is Selector.CHOICE else costs[strategy.selector])

    for q, cascade, dear in zip(work.ids.tolist(), work.cascade.tolist(), work.large.tolist(), strict=True):
        counts[q] = counts.get(q, 0) + 1
        if q in cache:
            continue
        seen_large, seen_small = large.setdefault(q, []), small.setdefault(q, [])
        prefers_large = bool(seen_large) and mean(seen_small) > mean(seen_large)
        asks_large = prefers_large if strategy.selector is Selector.CHOICE else strategy.selector is Selector.LARGE
        paid += dear if asks_large else cascade
        seen_large.append(dear)  # shown on every miss, and twice after a large answer
        if asks_large:
            seen_large.append(dear)
        else:
            seen_small.append(cascade)
        if len(cache) < CAPACITY:
            cache.append(q)
            continue
        slot = min(range(CAPACITY), key=lambda slot: weight(cache[slot]))
        if weight(q) > weight(cache[slot]):
            cache[slot] = q
    return paid


def twin_offline(work: Workload, strategy: Strategy, accuracy: float) -> float:
    """The artifact's offline server: the best static cache in hindsight, a fresh coin on every miss."""
    scores: dict[int, float] = {}
    rows = list(zip(work.ids.tolist(), work.large.tolist(), work.cascade.tolist(), strict=True))
    for q, large, small in rows:
        cost = (large, small, min(large, small))[strategy.selector] if strategy.weighs_cost else 1.0
        scores[q] = scores.get(q, 0.0) + cost
    cache = sorted(scores, key=scores.__getitem__, reverse=True)[:CAPACITY]
    coins = iter(work.coins.tolist())
    paid = 0.0
    for q, large, small in rows:
        if q in cache:
            continue
        oracle = min(large, small) if next(coins) < accuracy else max(large, small)
        paid += (large, small, oracle)[strategy.selector]
    return paid


@pytest.mark.parametrize("ratio", [1.5, 100.0])
@pytest.mark.parametrize("seed", [3, 7])
def test_the_compiled_online_cache_pays_what_its_plain_twin_pays(seed: int, ratio: float) -> None:
    instance = draw(seed, 0.8)
    costs = faithful(instance, Setting("online", 0.8, ratio, 1.0))
    assert costs == pytest.approx([twin_online(workload(instance, ratio), s) for s in STRATEGIES], rel=1e-9)


@pytest.mark.parametrize("accuracy", [0.8, 1.0])
@pytest.mark.parametrize("seed", [3, 7])
def test_the_static_cache_pays_what_its_plain_twin_pays(seed: int, accuracy: float) -> None:
    instance = draw(seed, 0.5)
    costs = faithful(instance, Setting("offline", 0.5, 100.0, accuracy))
    twins = [twin_offline(workload(instance, 100.0), s, accuracy) for s in STRATEGIES]
    assert costs == pytest.approx(twins, rel=1e-9)


def test_forty_seeds_lie_within_four_standard_errors_of_the_five_hundred_seed_means() -> None:
    costs = run(SEEDS, "faithful", lambda: None)
    means, errors = costs.mean(axis=0), costs.std(axis=0, ddof=1) / sqrt(len(SEEDS))
    for row, setting in enumerate(SETTINGS):
        for column in range(len(STRATEGIES)):
            expected = target(setting, column)
            reach = 4 * hypot(errors[row, column], expected.deviation / sqrt(TARGET_SEEDS))
            assert means[row, column] == pytest.approx(expected.mean, abs=reach), (setting, STRATEGIES[column].name)


def test_a_seed_gives_the_same_costs_whatever_runs_beside_it() -> None:
    assert np.array_equal(run([5, 6, 7], "faithful", lambda: None)[1], costs_of_seed(6, "faithful"))


def test_a_coin_cannot_change_what_a_single_model_pays() -> None:
    costs = costs_of_seed(11, "faithful")
    erring, unerring = (
        SETTINGS.index(Setting("offline", 0.8, 100.0, 0.8)),
        SETTINGS.index(Setting("offline", 0.8, 100.0, 1.0)),
    )
    chooses = np.array([strategy.selector is Selector.CHOICE for strategy in STRATEGIES])
    assert np.array_equal(costs[erring, ~chooses], costs[unerring, ~chooses])
    assert (costs[erring, chooses] > costs[unerring, chooses]).all()


def test_every_published_cell_lies_within_seven_tenths_of_an_instance_deviation_of_its_mean() -> None:
    for setting in SETTINGS:
        for column in range(len(STRATEGIES)):
            expected = target(setting, column)
            assert abs(published(setting, column) - expected.mean) < 0.71 * expected.deviation, (setting, column)
