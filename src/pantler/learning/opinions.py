"""What a route makes of all that its models have answered to one query, and of what was said of their answers.

Chances are those of `panel` by what was appraised; where answers cannot be compared, only what was said of them counts.
Whom to ask beside whoever has answered is told by `paying`, over what `foreseeing` finds.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.recent import Recent
from pantler.core.types import Key
from pantler.learning.erring import Erring, doubted
from pantler.learning.foreseeing import Heards, Kinds, foresee
from pantler.learning.panel import UNHEARD, Heard, Panel, heard, settle, weigh
from pantler.learning.paying import Foreseen, pays, spared

Array = NDArray[np.float64]
MOST_REMEMBERED = 4096  # queries of which what was foreseen is kept
NOTHING = Foreseen([], [])


class Told(NamedTuple):
    """Of one query: what was appraised of each model, digests of what they said by name, labels (models, 2) as summed.

    A digest of 0 is of a text that cannot be compared.
    """

    before: Sequence[float]
    texts: Mapping[str, int]
    labels: tuple[tuple[float, float], ...]

    @property
    def is_silent(self) -> bool:
        """Whether nobody has answered yet, nor said anything."""
        return not self.texts and not any(number for number, _ in self.labels)


class Opinions:
    """Of `models`, which err together as `erring` has it; `compares` tells if equal digests are equal answers.

    `doubt` multiplies the odds that is wrong what is kept after several have answered.
    """

    def __init__(self, erring: Erring, models: Sequence[str], *, compares: bool, doubt: float = 1.0) -> None:
        self.models = tuple(models)
        self.compares = compares
        self._erring = erring
        self._doubt = doubt
        self._room = heard(1, len(models), len(erring.shares))
        self._last: tuple[tuple[float, ...], Kinds] | None = None  # which a decision asks for several times
        self._found: tuple[Told, tuple[Array, Heard, int]] | None = None  # as is what was weighed
        self._foreseen: Recent[Key, tuple[Told, str, Foreseen]] = Recent()

    def chances(self, told: Told) -> list[float]:
        """How likely each model's answer is to be wrong; of one that was asked, the answer that it gave."""
        found = self._weighed(told)[0] if self._moves(told) else self._chances_alone(told)
        return list(found.tolist())

    def beside(self, key: Key, told: Told, held: str) -> Foreseen:
        """What asking others would tell beside the answer of `held`."""
        before = self._foreseen.get(key)
        if before is not None and before[:2] == (told, held):
            return before[2]
        found = self._beside(told, self.models.index(held))
        self._foreseen.write(key, (told, held, found), MOST_REMEMBERED)
        return found

    def opening(self, told: Told, prices: Sequence[float], weight: float) -> list[float]:
        """What asking others saves beside each first model, whatever that says; `weight` is that of P(wrong)."""
        chances, kinds = self._chances_alone(told), self._kinds(told)
        wrong, models, others = kinds.wrong, len(self.models), kinds.others
        mass = np.zeros((models, len(kinds.lures), 2, 2))
        shares = self._erring.shares
        mass[:, :, 1, 0] = shares * (1.0 - wrong)
        mass[:, :, 0, 1] = shares * wrong * (kinds.lures + others)
        mass[:, :, 0, 0] = shares * wrong * (kinds.answers - 2.0) * others
        states = Heards(mass, 1, np.arange(models), np.eye(models, dtype=bool), np.tile(chances, (models, 1)))
        return list(spared(prices, weight, foresee(kinds, states)).tolist())

    def next(self, found: Foreseen, held: str, prices: Sequence[float], weight: float) -> tuple[str, float]:
        """Whom it pays to ask beside `held`, empty for nobody, and what that saves; `weight` is that of P(wrong)."""
        place, saved = pays(prices, weight, found, self.models.index(held))
        return ("" if place < 0 else self.models[place]), saved

    def _beside(self, told: Told, held: int) -> Foreseen:
        chances, of, texts = self._weighed(told)
        known = of.places != UNHEARD
        if texts and of.places[held] > 0:
            mass = of.mass[None, :, : texts + 1, : texts + 1]
            states = Heards(mass, int(of.places[held]), np.array([held]), known[None], chances[None])
            found = foresee(self._kinds(told), states)
            return Foreseen(found.gains[0].tolist(), found.further[0].tolist())
        models = len(self.models)
        better = np.maximum(0.0, chances[held] - chances)
        return Foreseen(np.tile(better[:, None], (1, models)).tolist(), [1.0] * models)

    def _weighed(self, told: Told) -> tuple[Array, Heard, int]:
        """Chances, with what they were weighed by and how many texts were said; these until the next weighing."""
        found = self._found
        if found is None or found[0] != told:
            found = self._found = told, self._weighed_anew(told)
        return found[1]

    def _weighed_anew(self, told: Told) -> tuple[Array, Heard, int]:
        of, chances, erring = self._room, np.empty(len(self.models)), self._erring
        codes = {text: place for place, text in enumerate(dict.fromkeys(told.texts.values()))}
        is_compared = self.compares and 0 not in codes
        of.asked[0] = [model in told.texts for model in self.models]
        said = np.array([[codes.get(told.texts.get(model, 0), -1) for model in self.models]])
        wrong, none = self._kinds(told).wrong[None], np.zeros((0, 0, 0))
        panel = Panel(wrong, erring.shares, erring.lures, said, erring.answers, is_compared, none[None], none)
        labels = np.array([told.labels])
        texts = weigh(panel, of, labels, 0, 0)
        settle(panel, of, 0, texts, chances)
        if len(told.texts) > 1:
            chances = np.where(of.asked[0], doubted(chances, self._doubt), chances)
        for place, (number, total) in enumerate(told.labels):
            if number:
                chances[place] = total / number
        return chances, of, texts

    def _moves(self, told: Told) -> bool:
        """Whether what was said moves any chance: where answers cannot be compared, no answer by itself does."""
        return any(number for number, _ in told.labels) or len(told.texts) > (0 if self.compares else 1)

    def _chances_alone(self, told: Told) -> Array:
        """Before anybody has answered."""
        return np.asarray(1.0 - (1.0 - self._kinds(told).wrong) @ self._erring.shares)

    def _kinds(self, told: Told) -> Kinds:
        erring, before, last = self._erring, tuple(told.before), self._last
        if last is None or last[0] != before:
            kinds = Kinds(erring.wrong(np.array([before]))[0], erring.lures, erring.answers, self._doubt)
            last = self._last = (before, kinds)
        return last[1]
