"""Whether what was fitted may take the place of the static choice, told by data that it was not fitted to.

Recorded outcomes say what every model would have brought: the gain at each query is seen. A ledger or a log says it of
one model only: two halves are fitted apart, each chooses for the other, and the gain is estimated doubly robust. All
that ask the same are of one half, or a text would be chosen for by what was said of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np

from pantler.core.cost import Weights
from pantler.core.errors import TraceError
from pantler.core.rows import Candidate
from pantler.fitted import Fitted
from pantler.simulator.evaluation.curve import Point
from pantler.simulator.evaluation.sweeping import Sweep
from pantler.simulator.fitting.in_part import fitted_in_part
from pantler.simulator.rescoring.choosing import CALLS, by_fitted, named
from pantler.simulator.rescoring.estimates import resamples
from pantler.simulator.rescoring.logged import Logged, mean_call, read_logged
from pantler.simulator.rescoring.promoting import Promotion, by_gains, promotion
from pantler.simulator.rescoring.told import Rescored, Told, rescored
from pantler.texts.reading import Reading
from pantler.traces.experience import Event, Experience
from pantler.traces.outcomes import Outcomes

NANO = 1e9
CURVE = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # mean calls that a wrong answer costs, along the curve
NO_CHANCES = (
    "the log says by no propensity that another model might have been asked, so that nothing can be told of one;"
    " log the chance of each choice, or hold the two side by side"
)


class Basis(NamedTuple):
    """What halves are fitted with: what reads texts, its embedder's name, and the US dollars that an error costs.

    Where nobody has said it costs CALLS mean calls of what was asked. Of a ledger the `route`, all where it is empty.
    `advance` hears of each setting that was tried.
    """

    reading: Reading
    embedder: str
    wrong_dollars: float | None = None
    route: str = ""
    advance: Callable[[int], None] = lambda _: None


class Checked(NamedTuple):
    """The verdict over `static`, and a curve of estimated US dollars and shares of right answers, where it is known."""

    verdict: Promotion
    static: str
    curve: tuple[Point, ...] = ()


def by_outcomes(outcomes: Outcomes, sweep: Sweep, at: int, value: float) -> Checked:
    """At the sweep's place `at`, where a wrong answer costs `value` US dollars.

    The static choice is the model that costs least at it.
    """
    costs = outcomes.costs + value * (1.0 - outcomes.scores)
    static = int(np.argmin(costs.mean(axis=0)))
    cheaper, better = outcomes.costs[:, static] - sweep.costs[at], sweep.scores[at] - outcomes.scores[:, static]
    gains = NANO * (cheaper + value * better)  # so that where the static choice is made, nothing is gained exactly
    means = [float(gains[drawn].mean()) for drawn in resamples(len(gains), 0)]
    return Checked(by_gains(float(gains.mean()), means), outcomes.models[static])


def warning(checked: Checked) -> str:
    """Why what was fitted is not to be used yet; empty where it may be."""
    return "" if checked.verdict.promoted else f"not shown to be better than {checked.static}: {checked.verdict.reason}"


def by_ledger(path: Path, experience: Experience, texts: Mapping[str, str], basis: Basis) -> Checked:
    """Against the reference model of each decision's route."""
    try:
        logged, _ = read_logged(path, basis.route)
        return _crossed(logged, texts, _halves(experience, basis), basis)
    except TraceError as error:
        return _untold("the reference model", str(error))


def by_log(experience: Experience, static: str, basis: Basis) -> Checked:
    """Against the model `static`, the one asked most where empty."""
    models = [event.model for event in experience.events]
    reference = static or max(experience.models, key=models.count)
    if all(event.propensity == 1.0 for event in experience.events):
        return _untold(reference, NO_CHANCES)
    texts = {event.decision: event.text for event in experience.events}
    try:
        halves = _halves(experience, basis)
        told = [event for event in experience.events if not np.isnan(event.tokens_in)]
        logged = [_logged(each, halves[_half(each.asked)], basis.reading, reference) for each in told]
        return _crossed(logged, texts, halves, basis)
    except TraceError as error:
        return _untold(reference, str(error))


def _untold(static: str, why: str) -> Checked:
    return Checked(Promotion(promoted=False, reason=f"it cannot be told: {why}"), static)


def _crossed(logged: Sequence[Logged], texts: Mapping[str, str], halves: Sequence[Fitted], basis: Basis) -> Checked:
    known = [replace(one, query=texts[one.decision]) for one in logged if one.decision in texts]
    if not texts:
        known = list(logged)
    if not known:
        raise TraceError("no text is joined to a decision that may be re-scored; give them with --texts")
    call = mean_call(known)
    error = CALLS * call if basis.wrong_dollars is None else NANO * basis.wrong_dollars

    def found(weights: Weights) -> Rescored:
        choices = [by_fitted(half, weights, texts, basis.reading) for half in halves]
        return rescored(known, lambda one: choices[_half(one.query or one.decision)](one))

    weights = Weights(error=error)
    told = promotion(found(weights), rescored(known, named("reference", weights, known)), weights)
    swept = [found(Weights(error=calls * call)) for calls in CURVE]
    return Checked(told, known[0].reference, tuple(point for each in swept if (point := _point(each))))


def _point(found: Rescored) -> Point | None:
    """Mean US dollars and share of right answers, doubly robust; None where too little is known."""
    price, wrong = Told(found, "price"), Told(found, "wrong")
    if price.lacking or wrong.lacking:
        return None
    ones = np.ones(len(found.chosen))
    return float(price.mean(ones)) / NANO, 1.0 - float(wrong.mean(ones))


def _halves(experience: Experience, basis: Basis) -> list[Fitted]:
    """What chooses for each half: fitted to the other."""
    found = []
    for half in (0, 1):
        events = tuple(event for event in experience.events if _half(event.asked) != half)
        part = replace(experience, events=events)
        if part.models != experience.models:
            raise TraceError("half of the ratings do not speak of every model; collect more")
        found.append(fitted_in_part(part, basis.reading, basis.embedder, basis.advance).fitted)
    return found


def _half(asked: str) -> int:
    return crc32(asked.encode()) % 2


def _logged(event: Event, fitted: Fitted, reading: Reading, reference: str) -> Logged:
    """A logged request as if every other model had shared the chance that was left."""
    mean = fitted.mean
    wrong = mean.wrong(reading.one(event.text)) if mean.parts else mean.rates
    left = (1.0 - event.propensity) / max(1, len(fitted.models) - 1)
    candidates = tuple(
        Candidate(
            models=(model,),
            price=NANO * (event.tokens_in * fitted.price_in[at] + fitted.tokens_out[at] * fitted.price_out[at]),
            latency_seconds=None,
            wrong=float(wrong[at]),
            propensity=event.propensity if model == event.model else left,
        )
        for at, model in enumerate(fitted.models)
    )
    taken = fitted.models.index(event.model)
    price = candidates[taken].price if np.isnan(event.cost) else NANO * event.cost
    assert price is not None
    return Logged(event.decision, reference, int(event.tokens_in), candidates, taken, price, 0.0, 1.0 - event.good)
