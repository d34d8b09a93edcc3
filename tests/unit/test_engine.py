"""What the engine explains is what it then does."""

from math import inf
from random import Random

import pytest

from pantler.build import names, part, policy
from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.types import Call, Explanation, Miss, Outcome, Query, Rating, Serve
from pantler.estimators.mean import Mean

PRICES = {"small": 1.0, "large": 10.0}
KEYS = 40


def engine_of(policy_name: str, multiplexer: str = "amortised") -> Engine:
    errors = {"small": Mean(0.4), "large": Mean(0.05)}
    beliefs = Beliefs({model: Mean(price) for model, price in PRICES.items()}, errors, wrong_cost=8.0)
    return Engine(Cache(policy(policy_name), 8), part("multiplexers", multiplexer)(beliefs))


def agreed(told: Explanation, found: Serve | Miss, call: Serve | Call | None) -> bool:
    """Whether the explanation told what came of `look` and, on a miss, of `decide`."""
    if isinstance(found, Miss):
        return (told.stored, told.frequency, told.call) == (None, found.frequency, call)
    return told.stored is not None and told.stored.model == found.model and told.upgrade == found.upgrade


@pytest.mark.parametrize("policy_name", names("policies"))
def test_an_explanation_tells_what_the_engine_then_does(policy_name: str) -> None:
    engine, rng = engine_of(policy_name), Random(1)
    for number in range(3000):
        query = Query(int(rng.paretovariate(0.7)) % KEYS)
        told = engine.explain(query, now=float(number))
        found = engine.look(query, float(number))
        call = found.upgrade if isinstance(found, Serve) else engine.decide(found)
        assert agreed(told, found, call), (number, query, told, found, call)
        if isinstance(call, Call):
            model = call.plan.models[0]
            expires = number + 60.0 if rng.random() < 0.3 and policy_name == "lru" else inf
            engine.learn(Outcome(query, model, PRICES[model], expires=expires), float(number))
            engine.learn(Rating(query, model, float(rng.random() < 0.8)))


def test_an_explanation_does_not_tell_of_what_has_expired() -> None:
    engine = engine_of("lru")
    engine.learn(Outcome(Query(1), "small", 1.0, expires=10.0))
    assert engine.explain(Query(1), now=9.0).stored is not None
    assert engine.explain(Query(1), now=10.0).stored is None


@pytest.mark.parametrize("policy_name", ["gdsf_remembered", "lec_decayed", "auto"])
def test_a_multiplexer_hears_of_counts_whatever_the_policy_ranks_by(policy_name: str) -> None:
    engine = engine_of(policy_name)
    query = Query(7)
    for _ in range(20):
        found = engine.look(query)
        if isinstance(found, Miss):
            engine.learn(Outcome(query, "small", 1.0))
    item = engine.cache.peek(query.key)
    assert item is not None
    assert 1.0 < engine.cache.count(item) <= 20.0
    assert engine.explain(query).upgrade is not None
