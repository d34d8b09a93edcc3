"""All that is fitted to outcomes at once, with what may be said of it from queries across folds."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.fitted import Fitted
from pantler.simulator.evaluation.cascading import Table, compared
from pantler.simulator.evaluation.curve import Singles, singles
from pantler.simulator.evaluation.sweeping import Sweep, area, ladder, swept
from pantler.simulator.fitting.across import across
from pantler.simulator.fitting.appraising import Appraised, appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.checking import Checked, by_outcomes, warning
from pantler.simulator.fitting.ensembles import tiers
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.simulator.fitting.needs import needs
from pantler.simulator.fitting.objectives import Reached, solved
from pantler.simulator.fitting.panels import coded, erring
from pantler.simulator.fitting.report import OfModel, Report, of_model
from pantler.simulator.fitting.sanity import of_kinds, of_surface, repeated
from pantler.simulator.fitting.signs import Signing, signing
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

FEW = 500  # queries below which what is learned is hardly more than the models' own rates


class Sought(NamedTuple):
    """The name of what makes vectors, and the mean score that may be lost against the best model."""

    embedder: str
    max_quality_loss: float


class _Reach(NamedTuple):
    """What a choice among the models reaches beside each of them alone, where it meets the goal, how sure that is."""

    single: Singles
    sweep: Sweep
    goal: Reached
    checked: Checked


def fitted_to(
    outcomes: Outcomes, reading: Reading, sought: Sought, advance: Callable[[int], None] = lambda _: None
) -> tuple[Fitted, Report]:
    """What is kept, and what there is to say of it; `advance` is told of every setting tried.

    ConfigError where the quality asked for is never reached, TraceError where all answers are equally good.
    """
    outcomes.check_apart()
    known = Labelled(reading.many(outcomes.prompts), (1.0 - outcomes.scores).astype(np.float32))
    charged = charges(outcomes)
    found = appraised(outcomes, known, charged, advance)
    answering = lengths(known.traits, outcomes.tokens_out)
    expected = charged.expected(outcomes.tokens_in, answering.tokens(known.traits))
    single, sweep, goal, checked = _reach(outcomes, found, expected, sought.max_quality_loss)
    said = across(known, found.settings)
    together = _together(outcomes, found, expected, goal.value)
    signed = signing(outcomes, single.best, goal.value)
    kept = Fitted(
        models=outcomes.models,
        embedder=sought.embedder,
        price_in=tuple(charged.price_in.tolist()),
        price_out=tuple(charged.price_out.tolist()),
        tokens_out=tuple(charged.tokens_out.tolist()),
        mean=found.mean,
        lengths=answering,
        warning=warning(checked),
        tiers=together,
        signs=None if signed is None else signed.signs,
        erring=erring(found.across.astype(float), 1.0 - outcomes.scores, coded(compared(outcomes.answers))),
    )
    return kept, Report(
        dataset=outcomes.name,
        said=[*_said(outcomes, found, goal, area(sweep, single)), *_asked_together(together), *_signed(signed)],
        models=_each_model(outcomes, found, known),
        kinds=of_kinds(said),
        surface=of_surface(known),
        needs=needs(known, found.settings, said),
        curve=tuple(sweep.points(np.full(len(outcomes), 1.0 / len(outcomes)))),
        singles={model: single.point(at) for at, model in enumerate(outcomes.models)},
        checked=checked,
    )


def _reach(outcomes: Outcomes, found: Appraised, expected: NDArray[np.float64], loss: float) -> _Reach:
    single = singles(outcomes.scores, outcomes.costs)
    sweep = swept(expected, found.across, (outcomes.costs, outcomes.scores), ladder(single))
    goal = solved(sweep, outcomes, loss)
    return _Reach(single, sweep, goal, by_outcomes(outcomes, sweep, goal.at, goal.value))


def _together(
    outcomes: Outcomes, found: Appraised, expected: NDArray[np.float64], value: float
) -> tuple[tuple[str, ...], ...]:
    """The models that pay when they are asked together, where a wrong answer is worth so much."""
    compares, chances = compared(outcomes.answers), odds(found.across).astype(float)
    table = Table(expected, outcomes.costs, outcomes.scores, compares, chances)
    return tuple(tuple(outcomes.models[at] for at in tier) for tier in tiers(table, value))


def _each_model(outcomes: Outcomes, found: Appraised, known: Labelled) -> list[OfModel]:
    return [
        of_model(model, found.across[:, at], known.labels[:, at], f"${cost:.2e} a query")
        for at, (model, cost) in enumerate(zip(outcomes.models, outcomes.costs.mean(axis=0), strict=True))
    ]


def _signed(signed: Signing | None) -> list[str]:
    return [] if signed is None else [signed.line()]


def _asked_together(tiers: tuple[tuple[str, ...], ...]) -> list[str]:
    if not tiers:
        return []
    (one, other), (third,) = tiers
    how = 'with multiplexer.cascades = true and judge = "agreement" a route weighs that too'
    return [f"{one} and {other} asked together pay where they agree, else {third}: {how}"]


def _said(outcomes: Outcomes, found: Appraised, goal: Reached, aiq: float) -> list[str]:
    said = "figures are across folds, by which settings were chosen too"
    lines = [*outcomes.notes, f"{len(outcomes)} queries, {len(outcomes.models)} models; {said}"]
    if len(outcomes) < FEW:
        lines.append(f"fewer than {FEW} queries: expect little more than the models' own rates; give more outcomes")
    lines += repeated(outcomes.prompts)
    shares = zip(found.alone, found.mean.weights, strict=True)
    lines.append("weights: " + ", ".join(f"{name} {weight:.2f}" for name, weight in shares))
    lines.append(f"AIQ {aiq:.3f} across folds")
    lines.append(
        f"within {goal.loss} of {goal.reference} ({goal.reference_score:.3f}): a wrong answer at "
        f"${goal.value:.2e} gives {goal.score:.3f} at {goal.cost / goal.reference_cost:.0%} of its cost"
    )
    return lines
