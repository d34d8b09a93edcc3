"""Replay drives the engine as the live loop does."""

import numpy as np
import pytest

from pantler.build import policy
from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.errors import CapacityError, ConfigError, OutcomeError, UnknownPart
from pantler.core.types import Call, Miss, Plan, Serve
from pantler.estimators.mean import Mean
from pantler.multiplexers.online import Online
from pantler.multiplexers.oracle import Oracle
from pantler.multiplexers.single import Single
from pantler.simulator.replay import replay, replayed
from pantler.simulator.serving import Asked
from pantler.simulator.sweep import sweep
from pantler.traces.generate import generate
from pantler.traces.trace import Trace, trace_of


def two_models() -> Trace:
    """Keys 0 to 39, the even ones three times cheaper with the first model, the odd ones with the second."""
    keys = np.random.default_rng(3).zipf(1.2, 4000) % 40
    cheap_first = np.where(keys[:, None] % 2 == 0, [[1.0, 3.0]], [[6.0, 2.0]])
    return trace_of(keys, costs=cheap_first)


def test_the_oracle_pays_what_the_sweep_pays_for_the_best_model_of_each_request() -> None:
    trace = two_models()
    even, odd = {"cost_1": 1.0, "cost_2": 3.0}, {"cost_1": 6.0, "cost_2": 2.0}
    costs = {key: odd if key % 2 else even for key in range(40)}
    (swept,) = sweep(trace, ["gdsf"], [8], costs="best")
    told = replay(trace, "gdsf", 8, multiplexer=Oracle(costs))
    assert told.hits == swept.hits > 0
    assert told.cost_saved == pytest.approx(swept.cost_saved, abs=1e-12)


def test_a_multiplexer_that_learns_prices_ends_near_the_oracle_and_far_from_one_model() -> None:
    trace = two_models()

    def beliefs() -> Beliefs:
        return Beliefs({name: Mean(pooling=0.0) for name in trace.cost_names})

    (best,) = sweep(trace, ["gdsf"], [8], costs="best")
    learned = replay(trace, "gdsf", 8, multiplexer=Online(beliefs()))
    single = replay(trace, "gdsf", 8, multiplexer=Single(beliefs(), "cost_1"))
    assert single.cost_saved < 0.5 * best.cost_saved
    assert 0.9 * best.cost_saved < learned.cost_saved <= best.cost_saved


class Upgrading(Asked):
    """Asks the first model, and the second one at the first hit."""

    revisits = True

    def choose(self, miss: Miss, prospects: object) -> Call:
        return Call(Plan(("cost_1",)), 1.0)

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return Call(Plan(("cost_2",)), 10.0) if stored.model == "cost_1" else None


def test_an_upgrade_is_asked_for_once_paid_and_still_a_hit() -> None:
    trace = trace_of([7, 7, 7, 7], costs=[[1.0, 10.0]] * 4)
    told = replay(trace, "lru", 5, multiplexer=Upgrading("cost_1"))
    assert told.hits == 3
    assert told.cost_saved == 1 - (1.0 + 10.0) / 4.0


def test_several_cost_columns_need_a_multiplexer() -> None:
    with pytest.raises(ConfigError, match="costs under cost_1, cost_2; choose one column, or give a multiplexer"):
        replay(two_models(), "lru", 8)


def test_a_plan_that_the_trace_has_no_cost_of_is_named() -> None:
    with pytest.raises(OutcomeError, match=r"what asking large costs; its cost columns are unit"):
        replay(generate("zipf:keys=9,requests=9,costs=unit"), "lru", 8, multiplexer=Asked("large"))


class AskedAtLength(Asked):
    """Asks the one model through `look`, `decide` and `learn`."""


def test_asking_one_model_takes_cache_and_ledger_through_what_look_and_learn_would() -> None:
    trace = generate("zipf:keys=300,requests=4000,flood=0.1")
    told = []
    for multiplexer in (Asked(trace.cost_names[0]), AskedAtLength(trace.cost_names[0])):
        engine = Engine(Cache(policy("gdsf_remembered", hashed=int), trace.footprint // 10), multiplexer)
        is_hit, paid = replayed(trace, engine)
        ledger = engine.ledger
        sums = (ledger.hits, ledger.calls, ledger.hit_bytes, ledger.spent, ledger.saved, ledger.by_model)
        told.append(
            (is_hit.tolist(), paid.tolist(), sums, {key: engine.cache.peek(key).payload for key in engine.cache})
        )
    assert told[0] == told[1]


def test_mistakes_are_refused_before_anything_runs() -> None:
    trace = trace_of([1, 2])
    with pytest.raises(UnknownPart, match="no policy named 'lfru'; did you mean"):
        replay(trace, "lfru", 8)
    with pytest.raises(CapacityError, match="capacity of 0 holds nothing"):
        replay(trace, "lru", 0)


def test_progress_adds_up_to_the_requests() -> None:
    served: list[int] = []
    replay(generate("zipf:keys=50,requests=150000"), "lru", 500, progress=served.append)
    assert len(served) > 1
    assert sum(served) == 150_000
