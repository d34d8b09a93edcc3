"""The corrected mode against a plain twin, and against what the corrections are for."""

from math import log, sqrt

import numpy as np
import pytest

from pantler.simulator.reproduce import offline
from pantler.simulator.reproduce.bandit import confidence_width, cost_with_bandit_feedback
from pantler.simulator.reproduce.compiled import Rules
from pantler.simulator.reproduce.instances import draw, redraw, workload
from pantler.simulator.reproduce.suite import SETTINGS, STRATEGIES, Selector, Strategy
from pantler.simulator.reproduce.synthetic import bandit_rules, costs_of_seed
from pantler.simulator.reproduce.workload import Workload

SEEDS = range(20)
ROUNDS = 2_000
LEC_SELECTOR = STRATEGIES[-1]


class Twin:
    """The bandit rule one arrival at a time, in dictionaries."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.now = 0
        self.counts: dict[int, int] = {}
        self.costs: dict[tuple[int, int], list[float]] = {}
        self.residents: dict[int, int] = {}  # query -> number of its last arrival

    def low(self, q: int, model: int) -> float:
        seen = self.costs.get((q, model), [])
        if not seen:
            return self.rules.floor
        return max(self.rules.floor, sum(seen) / len(seen) - self.rules.width / sqrt(len(seen)))

    def priority(self, q: int) -> float:
        if not self.rules.weighs_cost:
            return self.counts[q]
        if self.rules.selector == Selector.CHOICE:
            return self.counts[q] * min(self.low(q, model) for model in (Selector.LARGE, Selector.CASCADE))
        return self.counts[q] * self.low(q, self.rules.selector)

    def choose(self, q: int) -> int:
        if self.rules.selector != Selector.CHOICE:
            return self.rules.selector
        return min((Selector.CASCADE, Selector.LARGE), key=lambda model: self.low(q, model))

    def arrive(self, q: int, costs: tuple[float, float]) -> float:
        self.now += 1
        self.counts[q] = self.counts.get(q, 0) + 1
        if q in self.residents:
            self.residents[q] = self.now
            return 0.0
        model = self.choose(q)
        self.costs.setdefault((q, model), []).append(costs[model])
        self.admit(q)
        return costs[model]

    def admit(self, q: int) -> None:
        if len(self.residents) == self.rules.capacity:
            victim = min(self.residents, key=lambda other: (self.priority(other), self.residents[other]))
            if not self.priority(victim) < self.priority(q):
                return
            del self.residents[victim]
        self.residents[q] = self.now


def shortened(work: Workload) -> Workload:
    return work._replace(ids=work.ids[:ROUNDS], cascade=work.cascade[:ROUNDS], large=work.large[:ROUNDS])


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
@pytest.mark.parametrize("ratio", [1.5, 100.0])
def test_the_compiled_bandit_pays_what_its_plain_twin_pays_on_twenty_seeds(ratio: float, strategy: Strategy) -> None:
    for seed in SEEDS:
        work = shortened(workload(draw(seed, 0.8), ratio))
        rules = bandit_rules(strategy, ratio)
        twin = Twin(rules)
        rows = zip(work.ids.tolist(), work.large.tolist(), work.cascade.tolist(), strict=True)
        paid = sum(twin.arrive(q, (large, cascade)) for q, large, cascade in rows)
        assert cost_with_bandit_feedback(work, rules) == pytest.approx(paid, rel=1e-9), seed


def test_the_width_is_the_formula_of_the_theory() -> None:
    width = confidence_width(2.0, rounds=10_000, queries=20, delta=0.05)
    assert width == pytest.approx(2.0 * sqrt(log(6 * 10_000 * 20 / 0.05) / 2))


def test_a_cost_that_was_not_paid_changes_nothing() -> None:
    work = shortened(workload(draw(1, 0.5), 100.0))
    other = work._replace(large=work.large + 1_000.0)
    rules = bandit_rules(STRATEGIES[4], 100.0)
    assert STRATEGIES[4].name == "LEC+m2"
    assert cost_with_bandit_feedback(work, rules) == cost_with_bandit_feedback(other, rules)


def test_learning_on_another_trace_cannot_beat_hindsight_with_one_model() -> None:
    offline_rows = [row for row, setting in enumerate(SETTINGS) if setting.scenario == "offline"]
    single = [column for column, s in enumerate(STRATEGIES) if s.selector is not Selector.CHOICE and s.weighs_cost]
    for seed in range(5):
        honest, hindsight = costs_of_seed(seed, "corrected"), costs_of_seed(seed, "faithful")
        chosen = np.ix_(offline_rows, single)
        assert (honest[chosen] >= hindsight[chosen] - 1e-6).all()


def test_a_score_that_knows_the_selector_errs_saves_where_dear_models_are_a_hundred_times_dearer() -> None:
    def paid(seed: int, accuracy_assumed: float) -> float:
        instance = draw(seed, 0.8)
        learned = offline.learn(workload(redraw(instance), 100.0))
        scores = offline.aware_scores(learned, LEC_SELECTOR, accuracy_assumed)
        misses = offline.missed(workload(instance, 100.0), offline.keep(learned, scores, 8))
        return offline.plug_in_cost(misses, learned, 0.8)

    aware = np.array([paid(seed, 0.8) for seed in SEEDS])
    blind = np.array([paid(seed, 1.0) for seed in SEEDS])
    assert aware.mean() < blind.mean()


def test_the_training_trace_shares_costs_but_not_chance_with_the_test_trace() -> None:
    instance = draw(4, 0.5)
    training = redraw(instance)
    assert np.array_equal(training.dear, instance.dear)
    assert not np.array_equal(training.ids, instance.ids)
    assert abs(np.corrcoef(training.noise[:, 0], instance.noise[:, 0])[0, 1]) < 0.05
