"""What outcomes have shown of an appraiser since it was fitted, model by model, in log-odds.

    log-odds of P(m is wrong | q) = z_m(q) + x . (d + d_m)  z: as appraised; x = (1, v), v the query's vector
    d, d_m ~ Normal(mean, variance), number by number, moved by each label y as Laplace's approximation has it:
        mean += variance x (y - p) / (1 + h x . (variance + variance_m) x),   1/variance += h x x,   h = p (1 - p)

d is what makes a query hard for all models, where the doubts have it that they share anything; without it who was never
asked seems right where the others were seen to err. Of the d_m only that of the model asked is taught. What is fitted
tells a newcomer's hard queries, too (`learning.resembling`); the doubt in that is no reason for caution. Where an
alarm is raised, the rate of its model is in doubt again, so that the next labels count for more than all before. A rate
that was settled once is not in doubt again before it is less certain by far.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.types import Appraisal
from pantler.learning.alarm import Alarm
from pantler.learning.doubts import FITTED, Doubts
from pantler.learning.resembling import Resembling
from pantler.learning.rolling import Rolling

Array = NDArray[np.float64]
LEAST_CHANCE = 1e-3
LEAST_SLOPE = 0.02  # of h, so that what is all but certain can still be learned
_Learned = tuple[int, bytes, bytes, tuple[float, float, int]]
_Kept = tuple[int, dict[str, _Learned], list[str], Any, Any]
FADING = 5e-5  # of what is known of every rate, at each label: a model that is not asked is in doubt again one day
ALARMED = 0.7  # standard deviation of a rate after an alarm
ALL = ""  # no model's name
AGAIN = 0.6  # that from which a settled rate is in doubt again


@dataclass(frozen=True, slots=True)
class Roster:
    """The models of a route in the order of its appraisals.

    `newcomers` are those of them that were not fitted; `dimensions` is the length of the appraisals' vectors, 0 where
    they bear none.
    """

    models: tuple[str, ...]
    reference: str
    newcomers: frozenset[str] = frozenset()
    dimensions: int = 0


class Correction:
    """What was heard so far; `labels` counts the answers of which it was known how wrong they were."""

    def __init__(self, roster: Roster, doubts: Doubts = FITTED) -> None:
        self.roster = roster
        self.doubts = doubts
        self.labels = 0
        self.heard = dict.fromkeys(roster.models, 0)  # labels of each model
        self.alarms = [Alarm() for _ in roster.models]
        cautions = [0.0 if model == roster.reference else doubts.caution for model in roster.models]
        self._caution = np.array(cautions)
        self._prior = _prior(roster, doubts)
        self._precision = self._prior.copy()
        self._mean = np.zeros_like(self._precision)
        self._common_mean = np.zeros(1 + roster.dimensions)
        self._common = _common(roster, doubts)
        self._in_doubt = np.ones(len(roster.models), np.bool_)
        self.rolling = Rolling(len(roster.models))  # where appraisals were fitted
        self.resembling = _resembling(roster, doubts)
        self._last: tuple[Any, Any, Array, list[float]] | None = None  # what was computed for the query at hand
        self._review()

    def cautious(self, appraisal: Appraisal) -> list[float]:
        """The chances by which to choose: worse than their means by so many deviations as caution asks."""
        return self._odds(appraisal)[1].copy()

    def doubtful(self, appraisal: Appraisal) -> list[float]:
        """By how much each model's log-odds may be off for what can still be learned of it; 0 where that is settled."""
        found: list[float] = np.where(self._in_doubt, 1.0 / np.sqrt(self._precision[:, 0]), 0.0).tolist()
        for place in self.resembling:
            deviation = sqrt(1.0 / self._precision[place, 0] + self.resembling.doubt(place, _said(appraisal)))
            found[place] = deviation if deviation > self.doubts.settled else 0.0
        return found

    def odds(self, appraisal: Appraisal) -> list[float]:
        """The mean log-odds of each model's being wrong."""
        found: list[float] = self._rolled(self._odds(appraisal)[0]).tolist()
        return found

    def learn(self, model: str, appraisal: Appraisal, wrong: float) -> int:
        """One answer of a model, with how wrong it was: 0, 1, or the chance of it; what its alarm has to say."""
        place = self.roster.models.index(model)
        features, said = self._features(appraisal), _said(appraisal)
        odds, _ = self._odds(appraisal)
        chance = float(_expit(odds[place]))
        side = self.alarms[place].heard(chance, wrong)
        self._roll(place, odds, wrong)
        if side:
            self.rolling.forget(place)
            self._precision[place, 0] = min(self._precision[place, 0], 1.0 / ALARMED**2)
            self._in_doubt[place] = True
        known = self._precision[:, 0] - self._prior[:, 0]
        self._precision[:, 0] -= np.maximum(known, 0.0) * FADING
        slope = max(chance * (1.0 - chance), LEAST_SLOPE)
        spread, common = features / self._precision[place], features * self._common
        variance = float(features @ (spread + common)) + self.resembling.doubt(place, said)
        step = (wrong - chance) / (1.0 + slope * variance)
        self.resembling.learn(place, said, step, slope)
        self._mean[place] += step * spread
        self._common_mean += step * common
        self._precision[place] += slope * features * features
        self._common /= 1.0 + slope * features * common
        self._review()
        self.labels += 1
        self.heard[model] += 1
        return side

    def snapshot(self) -> Any:
        """What was learned of each model, by its name; what they have in common under none."""
        rows = zip(self._mean, self._precision, self.alarms, strict=True)
        learned = {
            model: (self.heard[model], _bytes(mean), _bytes(precision), alarm.snapshot())
            for model, (mean, precision, alarm) in zip(self.roster.models, rows, strict=True)
        }
        common = (self.labels, _bytes(self._common_mean), _bytes(self._common), Alarm().snapshot())
        models = list(self.roster.models)
        resembling = self.resembling.snapshot(models)
        return [self.labels, learned | {ALL: common}, models, self.rolling.snapshot(), resembling]

    def restore(self, kept: Any) -> None:
        """Take up what was learned of those models that are still there; of vectors of another length, the rates."""
        labels, learned, models, rolled, resembling = msgspec.convert([*kept, None][:5], _Kept)
        for place, model in enumerate(self.roster.models):
            if model in learned:
                self.heard[model], mean, precision, alarm = learned[model]
                self._take_up(place, _numbers(mean), _numbers(precision))
                self.alarms[place].restore(alarm)
        if ALL in learned and self.doubts.is_shared:
            self._take_up_common(*map(_numbers, learned[ALL][1:3]))
        here = {model: place for place, model in enumerate(self.roster.models)}
        self.rolling.restore(rolled, [here.get(model) for model in models])
        if resembling is not None:
            self.resembling.restore(resembling, self.roster.models)
        self.labels = labels
        self._in_doubt[:] = True
        self._review()

    def _rolled(self, odds: Array) -> Array:
        """As the last labels have it."""
        return self.rolling.shift + self.rolling.stretch * odds if self.rolling.any_off else odds

    def _roll(self, place: int, odds: Array, wrong: float) -> None:
        """Calibrate by one more label what was fitted; what learns from vectors finds its own stretch."""
        if self.roster.dimensions or self.roster.models[place] in self.roster.newcomers:
            return
        stated = float(_expit(self._rolled(odds)[place]))
        moved = float(self._mean[place, 0] + self._common_mean[0])
        self.rolling.note(place, (float(odds[place]) - moved, stated, wrong), moved)

    def _review(self) -> None:
        """Whose rate is in doubt now, something having been learned."""
        self._last = None
        deviations = 1.0 / np.sqrt(self._precision[:, 0])
        self._in_doubt = deviations > np.where(self._in_doubt, self.doubts.settled, AGAIN)

    def _take_up(self, place: int, mean: Array, precision: Array) -> None:
        width = self._mean.shape[1]
        if len(mean) != len(precision) or not len(mean) or not (precision > 0.0).all():
            raise msgspec.ValidationError("these corrections are not as they were written")
        same = slice(None) if len(mean) == width else slice(1)
        self._mean[place, same], self._precision[place, same] = mean[same], precision[same]

    def _take_up_common(self, mean: Array, variance: Array) -> None:
        """Of vectors of the same length only."""
        if len(mean) == len(variance) == len(self._common) and (variance > 0.0).all():
            self._common_mean, self._common = mean, variance

    def _odds(self, appraisal: Appraisal) -> tuple[Array, list[float]]:
        """Means, and the chances by which to choose, which a decision asks for several times."""
        wrong, vector = appraisal.wrong, appraisal.vector if self.roster.dimensions else None
        last = self._last
        if last is None or last[0] is not wrong or last[1] is not vector:
            last = self._last = (wrong, vector, *self._computed(appraisal))
        return last[2], last[3]

    def _computed(self, appraisal: Appraisal) -> tuple[Array, list[float]]:
        features, said = self._features(appraisal), _said(appraisal)
        odds = said + (self._mean + self._common_mean) @ features
        variance: Array = (1.0 / self._precision + self._common) @ (features * features)
        for place in self.resembling:
            odds[place] += self.resembling.added(place, said)
        chances: list[float] = _expit(self._rolled(odds) + self._caution * np.sqrt(variance)).tolist()
        return odds, chances

    def _features(self, appraisal: Appraisal) -> Array:
        """x; a vector that is missing, or of another length, adds nothing."""
        features = np.zeros(self._mean.shape[1])
        features[0] = 1.0
        if appraisal.vector is not None and len(appraisal.vector) == self.roster.dimensions:
            features[1:] = appraisal.vector
        return features


def _prior(roster: Roster, doubts: Doubts) -> Array:
    precision = np.full((len(roster.models), 1 + roster.dimensions), doubts.vector**-2.0)
    for place, model in enumerate(roster.models):
        deviation = doubts.newcomer if model in roster.newcomers else doubts.rate
        precision[place, 0] = (doubts.reference if model == roster.reference else deviation) ** -2.0
    return precision


def _resembling(roster: Roster, doubts: Doubts) -> Resembling:
    places = range(len(roster.models))
    newcomers = [place for place in places if roster.models[place] in roster.newcomers]
    return Resembling([place for place in places if place not in newcomers], newcomers, doubts.resemblance)


def _said(appraisal: Appraisal) -> Array:
    """The log-odds as they were appraised."""
    said = np.minimum(np.maximum(np.array(appraisal.wrong), LEAST_CHANCE), 1.0 - LEAST_CHANCE)  # quicker than clip
    odds: Array = np.log(said / (1.0 - said))
    return odds


def _common(roster: Roster, doubts: Doubts) -> Array:
    """The variances of what all models share."""
    if not doubts.is_shared:
        return np.zeros(1 + roster.dimensions)
    return np.array([doubts.rate**2.0] + [doubts.vector**2.0] * roster.dimensions)


def _bytes(numbers: Array) -> bytes:
    return numbers.astype(np.float32).tobytes()


def _numbers(kept: bytes) -> Array:
    if len(kept) % 4:
        raise msgspec.ValidationError("these corrections are cut short")
    return np.frombuffer(kept, np.float32).astype(float)


def _expit(odds: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-odds))
