"""Several cost columns with a multiplexer that chooses among them, in both lanes alike."""

import numpy as np
import pytest

from pantler.build import names
from pantler.core.beliefs import Beliefs
from pantler.core.errors import ConfigError, OutcomeError
from pantler.core.seams import Multiplexer
from pantler.core.types import Outcome, Query
from pantler.estimators.mean import Mean
from pantler.multiplexers.online import Online
from pantler.multiplexers.oracle import Oracle
from pantler.multiplexers.plugin import PlugIn
from pantler.simulator.replay import replay
from pantler.simulator.sweep import sweep
from pantler.traces.trace import Trace, trace_of

MODELS = ("cost_1", "cost_2", "cost_3")


def trace() -> Trace:
    """Three models, each the cheapest for some keys, whose costs vary from one request to the next."""
    rng = np.random.default_rng(4)
    keys = rng.integers(0, 2**64, 80, dtype=np.uint64)
    means = rng.lognormal(1.0, 1.0, (80, 3))
    which = rng.zipf(1.3, 4000) % 80
    return trace_of(keys[which], sizes=1 + which % 9, costs=means[which] * rng.uniform(0.5, 1.5, (4000, 3)))


def oracle(requests: Trace) -> Oracle:
    assert requests.keys is not None
    means = {
        int(key): dict(zip(MODELS, requests.costs[requests.keys == key].mean(axis=0).tolist(), strict=True))
        for key in np.unique(requests.keys)
    }
    return Oracle(means)


def plugin(requests: Trace) -> PlugIn:
    """Learns from a log of the first requests, each of which asked one model at random."""
    assert requests.keys is not None
    rng = np.random.default_rng(5)
    log = []
    for key, costs, model in zip(requests.keys[:500], requests.costs[:500], rng.integers(0, 3, 500), strict=True):
        cost = float(costs[model])
        log.append(Outcome(Query(int(key)), MODELS[model], cost, ((MODELS[model], cost),)))
    return PlugIn(Beliefs({model: Mean(3.0) for model in MODELS}), log)


@pytest.mark.parametrize("made", [oracle, plugin])
@pytest.mark.parametrize("policy", sorted(set(names("policies")) - {"auto"}))
def test_the_sweep_pays_and_saves_what_replay_does_under_the_same_multiplexer(policy: str, made: object) -> None:
    requests = trace()
    multiplexer: Multiplexer = made(requests)  # type: ignore[operator]
    (swept,) = sweep(requests, [policy], [60], multiplexer=multiplexer)
    told = replay(requests, policy, 60, multiplexer=multiplexer)
    assert swept.hits == told.hits > 0
    assert swept.byte_hit_ratio == told.byte_hit_ratio
    assert swept.cost_saved == pytest.approx(told.cost_saved, abs=1e-12)


def test_the_parts_of_a_trace_are_chosen_for_like_the_whole() -> None:
    requests = trace()
    multiplexer = oracle(requests)
    columns = {"sizes": requests.sizes, "costs": requests.costs}
    assert requests.keys is not None
    first = trace_of(requests.keys[:1500], **{name: column[:1500] for name, column in columns.items()})
    (part,) = sweep([first], ["gdsf"], [60], multiplexer=multiplexer)
    assert part.hits == replay(first, "gdsf", 60, multiplexer=multiplexer).hits


def test_a_multiplexer_that_learns_runs_in_replay_only_and_the_sweep_says_so() -> None:
    online = Online(Beliefs({model: Mean(3.0) for model in MODELS}))
    with pytest.raises(ConfigError, match="Online learns from every call, and so runs in replay only"):
        sweep(trace(), ["gdsf"], [60], multiplexer=online)


def test_a_plan_that_the_trace_has_no_cost_of_is_an_error() -> None:
    requests = trace()
    assert requests.keys is not None
    stranger = Oracle({int(key): {"elsewhere": 1.0} for key in requests.keys})
    with pytest.raises(OutcomeError, match="what asking elsewhere costs"):
        sweep(requests, ["gdsf"], [60], multiplexer=stranger)
