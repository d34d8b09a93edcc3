"""What is asked in place of what a budget has no room for.

The surest model that it has room for, else the cheapest of all: a request is answered even where nothing is left.
"""

from msgspec.structs import replace

from pantler.core.cost import Weights
from pantler.core.rows import Candidate
from pantler.core.types import Call, Miss, Plan
from pantler.learning.propensities import moved

NO_ROOM = "all that the budget has room for"


def within(call: Call, most: float, miss: Miss, weights: Weights) -> Call:
    """The call, or one of a single model that is expected to charge no more than `most` nano-dollars.

    Propensities are those with which plans are asked after that, also of those that might have been drawn.
    """
    chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
    dear = [each for each in call.candidates if each.propensity > 0.0 and _price(each, miss) > most]
    if chosen is None or not dear:
        return call
    alone = [each for each in call.candidates if len(each.models) == 1] or [chosen]
    found = [each for each in alone if _price(each, miss) <= most]
    best = min(found, key=lambda each: each.wrong, default=None) or min(alone, key=lambda each: _price(each, miss))
    candidates, chance = moved(call.candidates, dear, best)
    if chosen is best:
        return replace(call, propensity=chance, candidates=candidates)
    if not any(each is chosen for each in dear):
        return replace(call, candidates=candidates)
    cost = best.expected_cost(weights)
    return Call(Plan(best.models), cost, chance, NO_ROOM, candidates, call.hits)


def _price(candidate: Candidate, miss: Miss) -> float:
    """What a plan is expected to charge; by tokens and prices where its text was not looked at."""
    appraisal, price = miss.query.appraisal, candidate.price or 0.0
    if appraisal is not None and appraisal.prices:
        return price
    if miss.foresee is None or len(candidate.models) > 1:
        return price
    foreseen = miss.foresee(candidate.models[0])
    return price if foreseen is None else foreseen
