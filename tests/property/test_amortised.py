from hypothesis import given
from hypothesis import strategies as st

from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.ledger import Ledger
from pantler.core.ranking import Ranking
from pantler.core.seams import Multiplexer
from pantler.core.types import Call, Outcome, Query, Serve
from pantler.estimators.mean import Mean
from pantler.multiplexers.amortised import Amortised
from pantler.multiplexers.online import Online
from pantler.policies.lec import LEC

PRICES = {"small": 1.0, "middle": 4.0, "large": 10.0}


def ledger_of(kind: type[Online | Amortised], keys: list[int], error: float) -> Ledger:
    prices = {model: Mean(price) for model, price in PRICES.items()}
    beliefs = Beliefs(prices, {model: Mean(error) for model in PRICES}, wrong_cost=30.0)
    multiplexer: Multiplexer = kind(beliefs)
    engine = Engine(Cache(Ranking(LEC()), 3), multiplexer)
    for key in keys:
        found = engine.look(Query(key))
        call = found.upgrade if isinstance(found, Serve) else engine.decide(found)
        if isinstance(call, Call):
            (model,) = call.plan.models
            engine.learn(Outcome(Query(key), model, PRICES[model], charges=((model, PRICES[model]),)))
    return engine.ledger


@given(st.lists(st.integers(0, 8), max_size=60), st.floats(0.0, 1.0))
def test_while_nothing_tells_the_errors_apart_it_spends_as_the_paper_does(keys: list[int], error: float) -> None:
    ours, paper = ledger_of(Amortised, keys, error), ledger_of(Online, keys, error)
    assert (ours.spent, ours.hits, ours.by_model) == (paper.spent, paper.hits, paper.by_model)
