"""What a row believes of each model for a query, as `multiplexers.learned` does, over arrays."""

from math import inf
from typing import Any

from pantler.simulator.joint.state import BY_LEAST, BY_PRICE, State, World


def leaning(prior: float, seen: Any, strength: float) -> float:
    """A mean that leans on what was believed before."""
    return prior if seen[0] == 0.0 else float((strength * prior + seen[1]) / (strength + seen[0]))


def believe(world: World, state: State, key: int) -> None:
    """What is expected of each model for a query, by what was charged and said before."""
    question, believed = world.questions[key], state.believed
    told = state.items[key].told
    for model in range(len(believed[0])):
        believed[0, model] = world.expected[question, model]
        believed[1, model] = world.chances[question, model]
        if told and world.rule.counts_charges:
            believed[0, model] = leaning(believed[0, model], state.charges[key, model], world.strength)
        if told and world.rule.hears:
            believed[1, model] = leaning(believed[1, model], state.labels[key, model], world.strength)


def cheapest(believed: Any, penalty: float) -> int:
    """The model of least cost, if being wrong costs so much."""
    best, least = 0, inf
    for model in range(len(believed[0])):
        cost = believed[0, model] + penalty * believed[1, model]
        if cost < least:
            best, least = model, cost
    return best


def worth(world: World, believed: Any, model: int) -> float:
    """What a hit saves, if the answer is as wrong as the model is believed to be."""
    best = cheapest(believed, world.penalty)
    return float(believed[0, best] + world.penalty * (believed[1, best] - believed[1, model]))


def label(world: World, state: State, key: int, model: int) -> float:
    """How wrong the model's answer is known to be, -1 where nobody has said."""
    question = world.questions[key]
    text = world.texts[question, model]
    for other in range(len(state.believed[0])):
        same = other == model or (text >= 0 and world.texts[question, other] == text)
        if world.rule.hears and same and state.labels[key, other, 0] > 0.0:
            return float(state.labels[key, other, 1] / state.labels[key, other, 0])
    return -1.0


def saved(world: World, state: State, key: int) -> float:
    """What a hit is ranked by."""
    item = state.items[key]
    if world.rule.ranks == BY_PRICE:
        return float(world.prices[world.questions[key], item.model])
    best = cheapest(state.believed, world.penalty)
    least = state.believed[0, best] + world.penalty * state.believed[1, best]
    return float(least if world.rule.ranks == BY_LEAST else least - world.penalty * item.wrong)


def describe(world: World, state: State, key: int, model: int) -> None:
    """Write what is believed of an answer that has just come, and what a hit on it saves."""
    item = state.items[key]
    said = -1.0
    text = world.texts[world.questions[key], model]
    if text >= 0:
        said = label(world, state, key, model)
    item.model = model
    item.ratings = int(said >= 0.0)
    item.wrong = said if said >= 0.0 else state.believed[1, model]
    item.cost = saved(world, state, key)
