"""What a fitted file would have asked a text of, and what it expects of every plan: a dry run, nothing is asked."""

from dataclasses import dataclass

import numpy as np

from pantler.core.cost import Price, Weights
from pantler.core.errors import UnknownPart
from pantler.core.plans import direct
from pantler.core.rows import Candidate
from pantler.core.types import Miss, Query
from pantler.fitted import Fitted
from pantler.learning.trust import Trust
from pantler.live.experts import Expert, Scale
from pantler.multiplexers.learned import Learned
from pantler.texts.reading import Reading

PICO = 1e12


@dataclass(frozen=True)
class Foreseen:
    """Every plan, prices in nano-dollars; which is asked and why, and the hits to be expected where that is weighed."""

    plans: tuple[Candidate, ...]
    chosen: tuple[str, ...]
    reference: str
    reason: str
    hits: float | None


@dataclass(frozen=True)
class Supposed:
    """A text that has come so often, where a wrong answer costs `error` nano-dollars.

    Without a `reference` it is the model that was least often wrong.
    """

    text: str
    error: float = 0.0
    frequency: float = 1.0
    reference: str = ""


class Room:
    """A cache that keeps whatever it is offered."""

    def keeps(self, query: Query, saved: float) -> bool:
        return True


def foreseen(fitted: Fitted, reading: Reading, supposed: Supposed) -> Foreseen:
    """What the file expects of a text; UnknownPart for a reference that was not fitted."""
    name = supposed.reference or fitted.models[int(np.argmin(fitted.mean.rates))]
    if name not in fitted.models:
        raise UnknownPart("model of the fitted file", name, fitted.models)
    pairs = zip(fitted.price_in, fitted.price_out, strict=True)
    prices = tuple(Price(round(PICO * into), round(PICO * out)) for into, out in pairs)
    expert = Expert(Scale(fitted.models, prices, fitted.models.index(name)), reading, fitted)
    appraisal = expert.appraise(supposed.text, expert.tokens_of(supposed.text))
    made = Learned(direct(fitted.models), name, Trust(Weights(0.0, supposed.error)))
    call = made.choose(Miss(Query(0, appraisal=appraisal), supposed.frequency), Room())
    return Foreseen(call.candidates, call.plan.models, name, call.reason, call.hits)
