"""What rows know of recorded questions, fitted on one split, and what comes of asking them on another.

Money is in mean calls of the reference model, the one of the best mean score on the training queries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.learning.erring import Erring
from pantler.learning.panel import Panel, heard
from pantler.simulator.evaluation.cascading import Table, chosen_plans, compared, least
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.simulator.fitting.panels import coded, erring
from pantler.simulator.joint.asking import APART
from pantler.simulator.joint.foreseeing import foresee_all
from pantler.simulator.joint.lane import Options
from pantler.simulator.kernels.specialise import specialised
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]
CHOOSING = (0.3, 1000.0, 12)  # the prices of a wrong answer by which cascades are chosen, in mean calls
STEP = 0.02
NOTHING = 1e-9  # what a place in an order costs, so that the last resort costs something


@dataclass(frozen=True)
class Known:
    """`options` are the models; `mean_costs` and `mean_wrong` what they came to in training.

    `unit` is the reference model's mean call in US dollars. `cascade` makes one option of the cascades that are best
    for a penalty; None where the file holds no answers to compare.
    """

    models: tuple[str, ...]
    options: Options
    mean_costs: Array
    mean_wrong: Array
    reference: int
    unit: float
    cascade: Callable[[float], Options] | None


def known(train: Outcomes, test: Outcomes, reading: Reading, advance: Callable[[int], None]) -> Known:
    """Fitted to the training queries; `advance` is told of every setting tried."""
    labelled, asked = (
        Labelled(reading.many(each.prompts), (1.0 - each.scores).astype(np.float32)) for each in (train, test)
    )
    charged = charges(train)
    found = appraised(train, labelled, charged, advance)
    chances = said(found.mean, asked)
    reference = singles(train.scores, train.costs).best
    unit = float(train.costs[:, reference].mean())
    tokens = lengths(labelled.traits, train.tokens_out)
    expected = [
        charged.expected(each.tokens_in, tokens.tokens(of.traits)) / unit
        for each, of in ((train, labelled), (test, asked))
    ]
    answers = [compared(each.answers) for each in (train, test)]
    told = zip((train, test), expected, answers, (found.across, chances), strict=True)
    tables = [_table(*each, unit) for each in told]
    options = Options(test.costs / unit, 1.0 - test.scores, coded(answers[1]), expected[1], chances.astype(float))
    errs = erring(found.across.astype(float), 1.0 - train.scores, coded(answers[0]))
    return Known(
        models=test.models,
        options=panelled(options, errs),
        mean_costs=train.costs.mean(axis=0) / unit,
        mean_wrong=1.0 - train.scores.mean(axis=0),
        reference=reference,
        unit=unit,
        cascade=_cascade(*tables) if (train.answers != "").any() else None,
    )


def beside(*every: Options) -> Options:
    """Options of one question side by side."""
    return Options(
        prices=np.hstack([each.prices for each in every]),
        wrong=np.hstack([each.wrong for each in every]),
        texts=np.hstack([each.texts for each in every]),
        expected=np.hstack([each.expected for each in every]),
        chances=np.hstack([each.chances for each in every]),
    )


def panelled(options: Options, errs: Erring) -> Options:
    """The options with how models err together on these questions, and what others would tell after each first one."""
    asked, models = options.texts.shape
    compares = bool((options.texts >= 0).any())
    shape = (asked if compares else 0, models, models)
    told = (options.texts, errs.answers, compares, np.zeros((*shape, models)), np.zeros(shape))
    panel = Panel(errs.wrong(options.chances), errs.shares, errs.lures, *told)
    whatever = panel._replace(texts=np.zeros_like(options.texts))
    nothing, unrated = heard(1, models, len(errs.shares)), np.zeros((1, models, 2))
    specialised(foresee_all, {"APART": APART})(whatever, nothing, unrated, panel.taken, panel.further)
    return replace(options, panel=panel)


def ordered(options: Options, order: NDArray[np.intp]) -> Options:
    """The options for who asks them in a fixed order, (questions, options), the next where one is known wrong."""
    places = np.argsort(order, axis=1, kind="stable").astype(float)
    return Options(
        options.prices, options.wrong, np.full_like(options.texts, -1), NOTHING * (1.0 + places), np.zeros_like(places)
    )


def _table(
    outcomes: Outcomes, expected: Array, answers: NDArray[np.object_], wrong: NDArray[np.floating], unit: float
) -> Table:
    before = odds(wrong.astype(np.float32)).astype(float)
    return Table(expected, outcomes.costs / unit, outcomes.scores, answers, before)


def _cascade(train: Table, test: Table) -> Callable[[float], Options] | None:
    plans = chosen_plans(train, np.geomspace(*CHOOSING))
    if not plans:
        return None
    texts, rows = coded(test.answers), np.arange(len(test))

    def at(penalty: float) -> Options:
        penalty = max(penalty, NOTHING)
        came, less, more = (least(plans, test, penalty * share) for share in (1.0, 1.0 - STEP, 1.0 + STEP))
        chance = np.clip((more.value - less.value) / (2.0 * STEP * penalty), 0.0, 1.0)  # the value's slope: P(wrong)
        expected = np.maximum(came.value - penalty * chance, 0.0)
        return Options(
            prices=came.cost[:, None],
            wrong=1.0 - came.score[:, None],
            texts=texts[rows, came.model][:, None],
            expected=expected[:, None],
            chances=chance[:, None],
        )

    return at
