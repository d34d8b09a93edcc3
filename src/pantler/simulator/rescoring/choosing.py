"""What another multiplexer would have asked at each decision of a ledger.

It is named: the `reference` model, the `cheapest` plan, `learned` (least expected cost by what the ledger has written
down), a model; or it is a file of what was fitted, which needs the texts.
"""

from collections.abc import Callable, Mapping

from pantler.core.cost import Weights, cost
from pantler.core.errors import TraceError, UnknownPart
from pantler.fitted import Fitted
from pantler.simulator.rescoring.logged import Logged
from pantler.texts.reading import Reading

NANO = 1e9
CALLS = 10.0  # mean calls that a wrong answer is taken to cost where nobody says
NAMES = ("cheapest", "learned", "reference")

Choice = Callable[[Logged], int | None]
"""The place of the plan among the candidates; None where it was not weighed, so that nothing is known of it."""


def named(name: str, weights: Weights, logged: list[Logged]) -> Choice:
    """A choice by its name; UnknownPart for one that is neither of NAMES nor a model that was weighed."""
    if name == "reference":
        return lambda one: _direct(one, one.reference)
    if name == "cheapest":
        return lambda one: _least(one, Weights())
    if name == "learned":
        return lambda one: _least(one, weights)
    models = {model for one in logged for each in one.candidates for model in each.models}
    if name not in models:
        raise UnknownPart("multiplexer or fitted file", name, {*models, *NAMES})
    return lambda one: _direct(one, name)


def by_fitted(fitted: Fitted, weights: Weights, texts: Mapping[str, str], reading: Reading) -> Choice:
    """The direct call of least expected cost by what was fitted; TraceError where a text that it needs is missing."""

    def choose(one: Logged) -> int | None:
        text = texts.get(one.decision, "")
        if fitted.mean.parts and not text:
            raise TraceError(
                f"the fitted file looks at texts, and none is joined to {one.decision}; give every decision's with"
                " --texts, or fit without them"
            )
        if fitted.mean.parts:
            traits = reading.one(text)
            wrong, tokens = fitted.mean.wrong(traits), fitted.tokens(traits)
        else:
            wrong, tokens = fitted.mean.rates, fitted.tokens_out
        costs = {}
        for place, model in enumerate(fitted.models):
            paid = NANO * (one.tokens_in * fitted.price_in[place] + tokens[place] * fitted.price_out[place])
            at = _direct(one, model)
            seconds = 0.0 if at is None else one.candidates[at].latency_seconds or 0.0
            costs[model] = cost(paid, latency_seconds=seconds, wrong=float(wrong[place]), weights=weights)
        return _direct(one, min(costs, key=costs.__getitem__))

    return choose


def _direct(one: Logged, model: str) -> int | None:
    return next((place for place, each in enumerate(one.candidates) if each.models == (model,)), None)


def _least(one: Logged, weights: Weights) -> int:
    return min(range(len(one.candidates)), key=lambda place: one.candidates[place].expected_cost(weights))
