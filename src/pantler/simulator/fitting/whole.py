"""All that is fitted to outcomes at once, with what may be said of it from queries across folds."""

import numpy as np

from pantler.fitted import Fitted
from pantler.simulator.evaluation.calibration import calibration_error
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import area, ladder, swept
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.simulator.fitting.objectives import solved
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

FEW = 500  # queries below which what is learned is hardly more than the models' own rates


def fitted_to(outcomes: Outcomes, reading: Reading, embedder: str, max_quality_loss: float) -> tuple[Fitted, list[str]]:
    """What is kept, and the lines of its report; ConfigError where the quality asked for is never reached."""
    known = Labelled(reading.many(outcomes.prompts), (1.0 - outcomes.scores).astype(np.float32))
    charged = charges(outcomes)
    found = appraised(outcomes, known, charged)
    single = singles(outcomes.scores, outcomes.costs)
    paid = (outcomes.costs, outcomes.scores)
    answering = lengths(known.traits, outcomes.tokens_out)
    expected = charged.expected(outcomes.tokens_in, answering.tokens(known.traits))
    sweep = swept(expected, found.across, paid, ladder(single))
    goal = solved(sweep, outcomes, max_quality_loss)
    said = "figures are across folds, by which settings were chosen too"
    lines = [f"{len(outcomes)} queries, {len(outcomes.models)} models; {said}"]
    if len(outcomes) < FEW:
        lines.append(f"fewer than {FEW} queries: expect little more than the models' own rates; give more outcomes")
    for place, model in enumerate(outcomes.models):
        error = calibration_error(found.across[:, place], known.labels[:, place])
        wrong, cost = 1.0 - single.scores[place], single.costs[place]
        lines.append(f"{model}: wrong {wrong:.1%}, ${cost:.2e} a query, calibration error beyond noise {error:.3f}")
    shares = zip(found.alone, found.mean.weights, strict=True)
    lines.append("weights: " + ", ".join(f"{name} {weight:.2f}" for name, weight in shares))
    lines.append(f"AIQ {area(sweep, single):.3f} across folds")
    lines.append(
        f"within {max_quality_loss} of {goal.reference} ({goal.reference_score:.3f}): a wrong answer at "
        f"${goal.value:.2e} gives {goal.score:.3f} at {goal.cost / goal.reference_cost:.0%} of its cost"
    )
    kept = Fitted(
        models=outcomes.models,
        embedder=embedder,
        price_in=tuple(charged.price_in.tolist()),
        price_out=tuple(charged.price_out.tolist()),
        tokens_out=tuple(charged.tokens_out.tolist()),
        mean=found.mean,
        lengths=answering,
    )
    return kept, lines
