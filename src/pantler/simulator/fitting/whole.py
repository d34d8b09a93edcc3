"""All that is fitted to outcomes at once, with what may be said of it from queries across folds."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pantler.appraisers.mean import odds
from pantler.fitted import Fitted
from pantler.simulator.evaluation.cascading import Table, compared
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import area, ladder, swept
from pantler.simulator.fitting.across import across
from pantler.simulator.fitting.appraising import Appraised, appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.checking import by_outcomes, warning
from pantler.simulator.fitting.ensembles import tiers
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.simulator.fitting.needs import needs
from pantler.simulator.fitting.objectives import Reached, solved
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
    single = singles(outcomes.scores, outcomes.costs)
    answering = lengths(known.traits, outcomes.tokens_out)
    expected = charged.expected(outcomes.tokens_in, answering.tokens(known.traits))
    sweep = swept(expected, found.across, (outcomes.costs, outcomes.scores), ladder(single))
    goal = solved(sweep, outcomes, sought.max_quality_loss)
    said = across(known, found.settings)
    checked = by_outcomes(outcomes, sweep, goal.at, goal.value)
    table = Table(
        expected, outcomes.costs, outcomes.scores, compared(outcomes.answers), odds(found.across).astype(float)
    )
    together = tuple(tuple(outcomes.models[at] for at in tier) for tier in tiers(table, goal.value))
    signed = signing(outcomes, single.best, goal.value)
    report = Report(
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
    )
    return kept, report


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
