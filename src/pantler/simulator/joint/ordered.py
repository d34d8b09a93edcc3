"""Rows through the real engine, for a policy that is not compiled."""

import numpy as np

from pantler.build import policy
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Key, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.simulator.joint.lane import Came, Draw, Options, Terms
from pantler.simulator.joint.state import Rule
from pantler.traces.mixing import mixed


class Ordered(Steady):
    """Asks the options of each key in a fixed order, the next where one is known wrong; hits save what was paid."""

    def __init__(self, order: list[list[str]], rule: Rule) -> None:
        self.order = order
        self.rule = rule
        self.wrong: dict[Key, set[str]] = {}

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        order, wrong = self.order[miss.query.key], self.wrong.get(miss.query.key, ())
        return Call(Plan((next((each for each in order if each not in wrong), order[0]),)), 0.0)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if isinstance(event, Outcome):
            return Serve(event.query, event.model, event.cost)
        key = event.query.key
        if event.good > 0.5 or not self.rule.drops:
            return stored
        if self.rule.hears:
            self.wrong.setdefault(key, set()).add(event.model)
            if len(self.wrong[key]) == len(self.order[key]):
                return stored
        return None

    def revalue(self, stored: Serve) -> float:
        return stored.saved


def through_the_engine(name: str, rule: Rule, options: Options, draw: Draw, terms: Terms) -> Came:
    """Every request of the draw, under options as `known.ordered` makes them."""
    orders = [[str(each) for each in order] for order in options.expected.argsort(axis=1, kind="stable").tolist()]
    asked = draw.questions.tolist()
    prices, errors = options.prices.tolist(), options.wrong.tolist()
    digests = mixed(np.arange(len(asked), dtype=np.uint64), seed=0).tolist()
    cache = Cache(policy(name, hashed=digests.__getitem__), terms.capacity)
    engine = Engine(cache, Ordered([orders[each] for each in asked], rule))
    queries = list(map(Query, range(len(asked))))
    rated = (draw.chances < terms.feedback).tolist()
    price = wrong = 0.0
    calls = 0
    for place, key in enumerate(draw.keys.tolist()):
        found = engine.look(queries[key])
        if type(found) is Serve:
            option = int(found.model)
        else:
            call = engine.decide(found)  # type: ignore[arg-type]  # a Miss
            assert type(call) is Call
            option = int(call.plan.models[0])
            paid = prices[asked[key]][option]
            price += paid
            calls += 1
            engine.learn(Outcome(queries[key], call.plan.models[0], paid))
        error = errors[asked[key]][option]
        wrong += error
        if rated[place]:
            engine.learn(Rating(queries[key], str(option), 1.0 - error))
    return Came(price, wrong, len(rated) - calls, calls, 0)
