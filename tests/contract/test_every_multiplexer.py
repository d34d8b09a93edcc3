from math import isfinite
from random import Random

import pytest

from interleaving import between_steps
from pantler.build import names, part
from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.packing import as_kept
from pantler.core.ranking import Ranking
from pantler.core.seams import Learner, Multiplexer
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.estimators.mean import Mean
from pantler.learning.trust import Trust
from pantler.multiplexers.tabular import Terms
from pantler.policies.gdsf import GDSF

PRICES = {"small": 1.0, "middle": 4.0, "large": 10.0}
ERRORS = {"small": 0.5, "middle": 0.3, "large": 0.1}
KEYS = range(12)
LEARNS = sorted(set(names("multiplexers")) - {"oracle", "plugin"})


def made(name: str) -> Multiplexer:
    """A fresh multiplexer over three models; the oracle has costs where the others have beliefs."""
    kind = part("multiplexers", name)
    prices = {model: Mean(price) for model, price in PRICES.items()}
    errors = {model: Mean(chance) for model, chance in ERRORS.items()}
    beliefs = Beliefs(prices, errors, wrong_cost=5.0)
    match name:
        case "oracle":
            return kind(dict.fromkeys(KEYS, PRICES))
        case "cascade":
            return kind(beliefs, Plan(("small", "large"), 0.5), Mean(0.5))
        case "by_route":
            return kind({"": part("multiplexers", "amortised")(beliefs)})
        case "learned":
            direct = [Plan((model,)) for model in PRICES]
            return kind([*direct, Plan(("small", "large"), 0.5)], "large", Trust(Weights(error=5.0), few_labels=5))
        case "tabular":
            direct = [Plan((model,)) for model in PRICES]
            return kind([*direct, Plan(("small", "large"), 0.5)], "large", Terms(Weights(error=5.0), few_labels=5))
        case _:
            return kind(beliefs)


def run(multiplexer: Multiplexer, seed: int, requests: int = 400) -> list[Call | Serve]:
    """Decisions over a seeded stream of requests, a third of whose answers is rated."""
    rng = Random(seed)
    engine = Engine(Cache(Ranking(GDSF()), 4), multiplexer)
    decisions: list[Call | Serve] = []
    for _ in range(requests):
        query = Query(int(rng.paretovariate(0.7)) % len(KEYS))
        found = engine.look(query)
        call = found.upgrade if isinstance(found, Serve) else engine.decide(found)
        decision = found if call is None else call
        assert not isinstance(decision, Miss)
        decisions.append(decision)
        if isinstance(decision, Call):
            model = decision.plan.models[-1]
            charges = tuple((each, PRICES[each]) for each in decision.plan.models)
            engine.learn(Outcome(query, model, PRICES[model], charges=charges, plan=decision.plan))
        else:
            model = decision.model
        if rng.random() < 1 / 3:
            engine.learn(Rating(query, model, float(rng.random() > ERRORS[model]), 0.9))
    return decisions


each = pytest.mark.parametrize("name", names("multiplexers"))


@each
def test_only_known_models_are_chosen(name: str) -> None:
    calls = [decision for decision in run(made(name), 1) if isinstance(decision, Call)]
    assert calls
    assert {model for call in calls for model in call.plan.models} <= set(PRICES)


@each
def test_expected_costs_are_finite_and_not_negative(name: str) -> None:
    for decision in run(made(name), 2):
        value = decision.expected_cost if isinstance(decision, Call) else decision.saved
        assert isfinite(value)
        assert value >= 0.0


@each
def test_equal_histories_make_equal_decisions(name: str) -> None:
    assert run(made(name), 3) == run(made(name), 3)


@each
def test_choosing_twice_chooses_the_same(name: str) -> None:
    multiplexer = made(name)
    run(multiplexer, 4)
    cache = Cache(Ranking(GDSF()), 4)
    for key in KEYS:
        assert multiplexer.choose(Miss(Query(key), 3), cache) == multiplexer.choose(Miss(Query(key), 3), cache)


@each
def test_an_upgrade_asks_another_model(name: str) -> None:
    multiplexer = made(name)
    for model in PRICES:
        upgrade = multiplexer.revisit(Serve(Query(1), model, 1.0), 50)
        assert upgrade is None or (multiplexer.revisits and model not in upgrade.plan.models)


def cost_after(name: str, charge: float) -> float:
    """Expected cost of the next call after every model has charged so much, many times."""
    multiplexer, query = made(name), Query(1)
    for _ in range(200):
        for model in PRICES:
            multiplexer.learn(Outcome(query, model, charge, charges=((model, charge),), wrong=0.0), None)
    return multiplexer.choose(Miss(query), Cache(Ranking(GDSF()), 4)).expected_cost


@pytest.mark.parametrize("name", LEARNS)
def test_what_calls_cost_moves_the_expectation_towards_it(name: str) -> None:
    models = 1 if name != "cascade" else 4 / 3  # the second model was asked in one outcome of three
    assert cost_after(name, 3.0) == pytest.approx(3.0 * models, rel=0.05)
    assert cost_after(name, 30.0) == pytest.approx(30.0 * models, rel=0.05)


@pytest.mark.parametrize("name", sorted(set(names("multiplexers")) - set(LEARNS)))
def test_what_is_fixed_is_not_moved(name: str) -> None:
    assert cost_after(name, 3.0) == cost_after(name, 30.0)


@pytest.mark.parametrize("name", sorted(set(names("multiplexers")) - {"oracle"}))
def test_what_it_has_learned_outlives_the_process(name: str) -> None:
    learned, fresh = made(name), made(name)
    run(learned, 1)
    assert isinstance(learned, Learner)
    assert isinstance(fresh, Learner)
    fresh.restore(as_kept(learned.snapshot()))
    assert run(fresh, 2) == run(learned, 2)


@pytest.mark.parametrize("name", sorted(set(names("multiplexers")) - {"oracle"}))
def test_what_it_has_learned_can_be_kept_at_any_moment(name: str) -> None:
    learning, fresh = made(name), made(name)
    assert isinstance(learning, Learner)
    assert isinstance(fresh, Learner)
    run(learning, 1, 30)

    def keep() -> None:
        fresh.restore(as_kept(learning.snapshot()))

    between_steps(lambda: run(learning, 2, 4), keep)
    between_steps(keep, lambda: run(learning, 3, 1))
    assert isinstance(fresh.choose(Miss(Query(1)), Cache(Ranking(GDSF()), 4)), Call)
