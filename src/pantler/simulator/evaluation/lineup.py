"""Every multiplexer that an evaluation sets side by side, from what needs no skill to what no skill can beat.

All are fitted on the training queries; the test queries are only decided on.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.appraisers.rates import pooled
from pantler.core.seams import Appraiser
from pantler.core.traits import Traits
from pantler.simulator.evaluation.cascading import Table, cascaded, chosen_plans, compared
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.measuring import Contender
from pantler.simulator.evaluation.sweeping import Sweep, ladder, swept
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import Charges, charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import KINDS, Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.texts.lengths import Lengths
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]
TIMED = 500  # test queries whose decision is timed
LEARNED = "learned"
Bar = Callable[[str, int], Callable[[int], None]]  # adds a bar of so many steps, returns what advances it
ROUNDS = 3  # the quickest of so many counts, as the machine has other work too
STRENGTH = 30.0
CHOOSING = (0.3, 1000.0, 12)  # the prices of a wrong answer by which cascades are chosen, in dearest mean calls


class Lineup:
    """The contenders over one file's two splits, in the order in which they are shown."""

    def __init__(self, train: Outcomes, test: Outcomes, reading: Reading) -> None:
        self.train = train
        self.test = test
        self.reading = reading
        self.charges = charges(train)
        self._labelled = tuple(Labelled(reading.many(each.prompts), _labels(each)) for each in (train, test))
        self._lengths = lengths(self._labelled[0].traits, train.tokens_out)
        self._prices = ladder(singles(test.scores, test.costs))

    def unskilled(self) -> list[Contender]:
        """A random mix of the single models, the mix's curve being above them all; the best of them alone."""
        best = singles(self.test.scores, self.test.costs).best
        charged, wrong = self.train.costs.mean(axis=0), 1.0 - self.train.scores.mean(axis=0)
        told = int(np.argmin(charged + self._prices[-1] * wrong))
        every = [*range(len(self.test.models)), told]
        mix = Sweep(self.test.costs.T[every], self.test.scores.T[every])
        alone = Sweep(self.test.costs.T[[best]], self.test.scores.T[[best]])
        return [Contender("random mix", mix), Contender("best single", alone)]

    def ceilings(self) -> list[Contender]:
        """Who is told the true category, where the file has one, and who is told everything."""
        found = []
        known = sorted(set(self.train.categories) | set(self.test.categories))
        if len(known) > 1:
            places = {category: place for place, category in enumerate(known)}
            of_train = np.array([places[each] for each in self.train.categories])
            rates = pooled(_labels(self.train), of_train, len(known), STRENGTH)
            wrong = rates[[places[each] for each in self.test.categories]]
            found.append(Contender("true category", self._swept(wrong), wrong))
        paid = (self.test.costs, self.test.scores)
        told = 1.0 - self.test.scores
        return [*found, Contender("oracle", swept(self.test.costs, told, paid, self._prices))]

    def learned(self, bar: Bar) -> list[Contender]:
        """Each kind of appraiser alone, then their mean; cascades by the models' rates alone, then by the mean."""
        train, test = self._labelled
        advance = bar("fitting", sum(len(kind.settings) for kind in KINDS))
        found = appraised(self.train, train, self.charges, advance)
        chosen = {**found.alone, LEARNED: found.mean}
        alone = {name: self._contender(name, each, test) for name, each in chosen.items()}
        rates = np.broadcast_to(train.rates, train.labels.shape), np.broadcast_to(train.rates, test.labels.shape)
        wrong = alone[LEARNED].wrong
        assert wrong is not None, "the learned one has said how likely each model is wrong"
        advance = bar("choosing cascades", 2)
        cascades = self._cascades("cascades", *rates)
        advance(1)
        return [*alone.values(), *cascades, *self._cascades("learned with cascades", found.across, wrong)]

    def _cascades(self, name: str, before: NDArray[np.floating], wrong: NDArray[np.floating]) -> list[Contender]:
        """Plans that agreement stops, chosen and fitted by what was said `before` of the training queries.

        None of them where the file holds no answers to compare, or no two models that are cheaper than the best.
        """
        if not (self.train.answers != "").any():
            return []
        of_train, of_test = self._labelled
        table = self._table(self.train, of_train, before)
        prices = np.geomspace(*CHOOSING) * table.costs.mean(axis=0).max()
        plans = chosen_plans(table, prices)
        return [Contender(name, cascaded(plans, self._table(self.test, of_test, wrong), self._prices))] if plans else []

    def _table(self, outcomes: Outcomes, of: Labelled, wrong: NDArray[np.floating]) -> Table:
        answers = compared(outcomes.answers)
        expected = self.charges.expected(outcomes.tokens_in, self._lengths.tokens(of.traits))
        return Table(expected, outcomes.costs, outcomes.scores, answers, odds(wrong.astype(np.float32)).astype(float))

    def _contender(self, name: str, appraiser: Appraiser, test: Labelled) -> Contender:
        wrong = said(appraiser, test)
        deciding = Deciding(self.reading.one, appraiser, (self.charges, self._lengths), float(self._prices[-1]))
        seconds = timed(deciding, self.test)
        return Contender(name, self._swept(wrong), wrong, seconds)

    def _swept(self, wrong: NDArray[np.floating]) -> Sweep:
        tokens = self._lengths.tokens(self._labelled[1].traits)
        expected = self.charges.expected(self.test.tokens_in, tokens)
        return swept(expected, wrong, (self.test.costs, self.test.scores), self._prices)


class Deciding:
    """All that stands between a text and the model that is asked."""

    def __init__(
        self,
        read: Callable[[str], Traits],
        appraiser: Appraiser,
        paying: tuple[Charges, Lengths],
        price: float,
    ) -> None:
        self._read = read
        self._appraiser = appraiser
        self._charges, self._lengths = paying
        self._price = price

    def __call__(self, text: str, tokens_in: Array) -> int:
        """The place of the model."""
        traits = self._read(text)
        wrong, tokens = self._appraiser.wrong(traits), self._lengths.tokens([traits])[0]
        return int(np.argmin(self._charges.expected(tokens_in, tokens) + self._price * wrong))


def timed(decide: Callable[[str, Array], int], test: Outcomes) -> Array:
    """Seconds that each of the first queries takes, one at a time."""
    found = np.full((ROUNDS, min(TIMED, len(test))), np.inf)
    for times in found:
        for row in range(len(times)):
            started = perf_counter()
            decide(test.prompts[row], test.tokens_in[row])
            times[row] = perf_counter() - started
    quickest: Array = found.min(axis=0)
    return quickest


def _labels(outcomes: Outcomes) -> NDArray[np.float32]:
    return (1.0 - outcomes.scores).astype(np.float32)
