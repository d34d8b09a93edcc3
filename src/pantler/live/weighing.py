"""A near answer beside the call that it would save: from which chance of an error on the call costs less."""

from collections.abc import Hashable

from pantler.core.cost import Weights, bearable
from pantler.core.engine import Engine
from pantler.core.types import Call, Miss, Serve
from pantler.live.circles import Bearable


def bearable_beside(engine: Engine, miss: Miss, weights: Weights) -> Bearable:
    """The chance of an error, by entry, from which on a call for the miss is expected to cost less."""
    least = call_cost(engine.decide(miss), weights) if weights.error > 0.0 else 0.0

    def most(key: Hashable) -> float:
        item = engine.cache.peek(key)
        stored: Serve | None = None if item is None else item.payload
        return bearable(least, 0.0 if stored is None else stored.wrong, weights)

    return most


def call_cost(call: Call, weights: Weights) -> float:
    """What a call is expected to cost, by the cheapest of the plans that may be asked: one that is tried costs more."""
    costs = [
        each.expected_cost(weights) for each in call.candidates if each.propensity > 0.0 and each.price is not None
    ]
    return min([call.expected_cost, *costs])
