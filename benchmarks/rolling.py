"""Which calibration rolls along best behind a fitted file: none, Platt's two numbers, or rising steps over a window.

    python benchmarks/rolling.py [OUTCOMES_FOLDER] [SET ...]

On the train split of every large set alone: fitted on one half of its queries, the other half as a stream. The halves
are drawn by chance ("alike"), or are other categories ("unlike"), or alike with an eighth of the right answers of every
model turned wrong from the middle of the stream on ("worse"). Of each query one model's answer is rated, drawn by
chance, or all of them are; the chances of all models are held against the truth before. Prints commit, versions and
seed, and writes results/rolling.csv: log-losses, and the calibration error beyond noise, means over models.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, write
from multiplexers import RESULTS, SETS
from numpy.typing import NDArray

from pantler.core.types import Appraisal
from pantler.embedders.wordllama import WordLlama
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import FITTED
from pantler.learning.rolling import GAIN, LEAST, WINDOW, Rolling, _likelihood
from pantler.simulator.evaluation.calibration import calibration_error
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import Labelled
from pantler.simulator.fitting.isotonic import rising
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

LARGE = ("llmrouter11", "mmlu_pro_api", "mmlu_pro_open", "routellm_mmlu")
SPOILT = 0.125
LEANING = 20.0  # labels for which the chance before counts in each step
Array = NDArray[np.float64]


class Never(Rolling):
    """What was fitted holds for ever."""

    def _look(self, place: int, odds: Array, wrong: Array) -> None:
        return None


class Rising(Rolling):
    """Steps that rise, as a fit has them, where they make the window likelier by GAIN and `each` for each of them."""

    def __init__(self, models: int, window: int, each: float) -> None:
        super().__init__(models)
        self._each = each
        self.curves: dict[int, tuple[Array, Array]] = {}
        self._windows = [deque(maxlen=window) for _ in range(models)]

    def _look(self, place: int, odds: Array, wrong: Array) -> None:
        at, chances = rising(odds.astype(np.float32), wrong.astype(np.float32), LEANING)
        said = np.clip(np.interp(odds, at, chances), LEAST, 1.0 - LEAST)
        gain = _likelihood(np.log(said / (1.0 - said)), wrong) - _likelihood(odds, wrong)
        self.curves.pop(place, None)
        if gain > GAIN + self._each * len(at):
            self.curves[place] = at.astype(float), chances.astype(float)
        self.any_off = bool(self.curves)

    def _settle(self, place: int, stretch: float, shift: float) -> None:
        self.curves.pop(place, None)
        self.any_off = bool(self.curves)


class Stepped(Correction):
    """Calibrated by steps."""

    def _rolled(self, odds: Array) -> Array:
        found = odds.copy()
        assert isinstance(self.rolling, Rising)
        for place, curve in self.rolling.curves.items():
            said = np.interp(odds[place], *curve)
            found[place] = np.log(said / (1.0 - said))
        return found


def corrections(models: tuple[str, ...]) -> Iterator[tuple[str, Correction]]:
    """Each way to calibrate, with what online learning does besides."""
    roster = Roster(models, models[-1])
    never = Correction(roster, FITTED)
    never.rolling = Never(len(models))
    yield "none", never
    yield "platt", Correction(roster, FITTED)
    for window in (WINDOW, 4 * WINDOW):
        for each in (0.0, 1.0):
            stepped = Stepped(roster, FITTED)
            stepped.rolling = Rising(len(models), window, each)
            yield f"isotonic {window}, {each:g} a step", stepped


def halves(train: Outcomes, regime: str, rng: np.random.Generator) -> tuple[Outcomes, Outcomes]:
    """What is fitted to, and the stream."""
    order = rng.permutation(len(train))
    if regime != "unlike":
        return train.rows(order[::2]), train.rows(order[1::2])
    names = sorted(set(train.categories))
    is_fitted = np.array([names.index(each) % 2 == 0 for each in train.categories])
    return train.rows(np.flatnonzero(is_fitted)), train.rows(order[~is_fitted[order]])


def streamed(correction: Correction, wrong: Array, labels: Array, heard: NDArray[np.bool_]) -> Array:
    """The chances that were stated of each query before its labels were heard."""
    models, stated = correction.roster.models, np.zeros_like(labels)
    for row, said in enumerate(wrong):
        appraisal = Appraisal(tuple(said.tolist()))
        stated[row] = 1.0 / (1.0 + np.exp(-np.array(correction.odds(appraisal))))
        for place in np.flatnonzero(heard[row]):
            correction.learn(models[place], appraisal, float(labels[row, place]))
    return stated


def measured(train: Outcomes, reading: Reading, regime: str) -> Iterator[dict[str, object]]:
    """A row for every way, and for one label or all to a query."""
    rng = np.random.default_rng(0)
    fitted_to, stream = halves(train, regime, rng)
    known = Labelled(reading.many(fitted_to.prompts), (1.0 - fitted_to.scores).astype(np.float32))
    mean = appraised(fitted_to, known, charges(fitted_to)).mean
    wrong = np.stack([mean.wrong(each) for each in reading.many(stream.prompts)]).astype(float)
    labels = 1.0 - stream.scores
    if regime == "worse":
        spoilt = rng.random(labels.shape) < SPOILT
        spoilt[: len(labels) // 2] = False
        labels = np.where(spoilt, 1.0, labels)
    one = rng.integers(0, labels.shape[1], len(labels))[:, None] == np.arange(labels.shape[1])
    for rated, heard in (("one", one), ("all", np.ones_like(one))):
        for way, correction in corrections(train.models):
            stated = np.clip(streamed(correction, wrong, labels, heard), LEAST, 1.0 - LEAST)
            losses = -(labels * np.log(stated) + (1.0 - labels) * np.log(1.0 - stated))
            errors = [calibration_error(stated[:, at], labels[:, at]) for at in range(labels.shape[1])]
            yield {
                "queries": len(labels), "rated": rated, "way": way, "log_loss": f"{losses.mean():.5f}",
                "last_half": f"{losses[len(losses) // 2 :].mean():.5f}", "ece": f"{np.mean(errors):.4f}",
            }  # fmt: skip


def main() -> None:
    """Measure, record."""
    parser = outcome_arguments(__doc__, RESULTS / "rolling.csv")
    parser.add_argument("sets", nargs="*", metavar="SET", help="of them, all large ones where none is named")
    options = parsed(parser)
    origin, reading, rows = announced(0), Reading(WordLlama()), []
    for name in options.sets or LARGE:
        file, pool = SETS[name]
        models = [model for model in pool.split(",") if model]
        train = read_outcomes(options.folder / f"{file}.parquet", pool=models).split("train")
        for regime in ("alike", "unlike", "worse"):
            if regime == "unlike" and len(set(train.categories)) < 2:
                continue
            for row in measured(train, reading, regime):
                rows.append({"set": name, "stream": regime, **row})
                print(rows[-1], flush=True)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
