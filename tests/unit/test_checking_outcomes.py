"""The check before a promotion, where recorded outcomes show the gain at every query."""

import numpy as np

from pantler.simulator.evaluation.sweeping import Sweep
from pantler.simulator.fitting.checking import by_outcomes
from pantler.simulator.rescoring.promoting import ALIKE, REFUSED
from pantler.traces.outcomes import Outcomes

COUNT = 200
RNG = np.random.default_rng(3)
COSTS, SCORES = RNG.uniform(1e-5, 1e-3, (COUNT, 2)), (RNG.random((COUNT, 2)) < (0.3, 0.95)).astype(float)
EMPTY = ("",) * COUNT
OUTCOMES = Outcomes(
    name="made", models=("small", "large"), query_ids=EMPTY, prompts=EMPTY, categories=EMPTY, splits=EMPTY,
    scores=SCORES, costs=COSTS, tokens_in=COSTS, tokens_out=COSTS, answers=np.full((COUNT, 2), "", object),
    checked=np.full((COUNT, 2), np.nan), confidence=np.full((COUNT, 2), np.nan),
)  # fmt: skip


def test_who_chooses_as_the_static_choice_does_gains_nothing_to_the_last_bit() -> None:
    checked = by_outcomes(OUTCOMES, Sweep(COSTS[:, 1][None], SCORES[:, 1][None]), 0, 0.00167)
    assert checked.static == "large"
    assert checked.verdict.promoted
    assert (checked.verdict.reason, checked.verdict.gain) == (ALIKE, 0.0)


def test_who_chooses_worse_is_refused() -> None:
    checked = by_outcomes(OUTCOMES, Sweep(COSTS[:, 0][None], SCORES[:, 0][None]), 0, 0.00167)
    assert not checked.verdict.promoted
    assert checked.verdict.reason == REFUSED
