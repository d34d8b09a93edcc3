"""The compiled bandit against the engine that the gateway runs."""

import pytest

from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.ranking import Ranking
from pantler.core.types import Miss, Outcome, Query
from pantler.estimators.confidence import Confidence, doubt
from pantler.estimators.mean import Mean
from pantler.multiplexers.online import Online
from pantler.multiplexers.plugin import PlugIn
from pantler.policies.lec import LEC
from pantler.simulator.reproduce import offline
from pantler.simulator.reproduce.bandit import cost_with_bandit_feedback
from pantler.simulator.reproduce.instances import COST_FLOOR, draw, redraw, workload
from pantler.simulator.reproduce.suite import CAPACITY, QUERIES, ROUNDS, STRATEGIES, Strategy
from pantler.simulator.reproduce.synthetic import DELTA, bandit_rules, highest_cost
from pantler.simulator.reproduce.workload import Workload

SEEDS = range(20)
MODELS = {"LEC+m1": ("large",), "LEC+m2": ("small",), "LEC+sel": ("small", "large")}  # the earlier wins ties


def engine(models: tuple[str, ...], ratio: float) -> Engine:
    """LEC as in the paper over lower confidence bounds of every model's cost."""
    known = doubt(requests=ROUNDS, queries=QUERIES, delta=DELTA)
    prices = {model: Confidence(COST_FLOOR, highest_cost(ratio), doubt=known) for model in models}
    return Engine(Cache(Ranking(LEC()), CAPACITY), Online(Beliefs(prices)))


def cost_through_the_engine(work: Workload, models: tuple[str, ...], ratio: float) -> float:
    driven = engine(models, ratio)
    paid = 0.0
    for key, large, small in zip(work.ids.tolist(), work.large.tolist(), work.cascade.tolist(), strict=True):
        looked = driven.look(Query(key))
        if isinstance(looked, Miss):
            (model,) = driven.decide(looked).plan.models
            cost = {"large": large, "small": small}[model]
            driven.learn(Outcome(looked.query, model, cost, charges=((model, cost),)))
            paid += cost
    return paid


class NoProspects:
    def keeps(self, query: Query, saved: float) -> bool:
        raise AssertionError(f"a plug-in does not ask whether {query} saving {saved} would be kept")


@pytest.mark.parametrize("strategy", STRATEGIES[3:], ids=lambda strategy: strategy.name)
@pytest.mark.parametrize("ratio", [1.5, 100.0])
def test_the_kernel_pays_what_the_engine_pays_on_twenty_seeds(ratio: float, strategy: Strategy) -> None:
    for seed in SEEDS:
        work = workload(draw(seed, 0.8), ratio)
        expected = cost_through_the_engine(work, MODELS[strategy.name], ratio)
        assert cost_with_bandit_feedback(work, bandit_rules(strategy, ratio)) == pytest.approx(expected, rel=1e-9), seed


def test_the_offline_selector_chooses_as_the_engines_plug_in_does() -> None:
    for seed in range(5):
        log = workload(redraw(draw(seed, 0.5)), 1.5)
        beliefs = Beliefs({model: Mean(prior_weight=0.0, pooling=0.0) for model in ("small", "large")})
        rows = zip(log.ids.tolist(), log.cascade.tolist(), log.large.tolist(), strict=True)
        plug_in = PlugIn(
            beliefs,
            (
                Outcome(Query(q), "small", small, charges=(("small", small), ("large", large)))
                for q, small, large in rows
            ),
        )
        learned = offline.learn(log)
        prefers_large = (learned.large < learned.cascade).tolist()
        chosen = [plug_in.choose(Miss(Query(q)), NoProspects()).plan.models for q in range(QUERIES)]
        assert chosen == [("large",) if large else ("small",) for large in prefers_large], seed
