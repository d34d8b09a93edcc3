"""What was said of answers beside their model's name: of their very texts, and of those that a judge has kept.

A text that was said to be wrong is as wrong when another model repeats it. A judge keeps so many wrong answers for each
that was to be expected:

    (HOLD LET_THROUGH + sum of what was said of those it kept) / (HOLD + sum of what was believed of them)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pantler.core.counts import DEFERRED, WRONG
from pantler.core.packing import packed
from pantler.core.recent import Recent
from pantler.core.tallies import Tallies
from pantler.core.types import NOT_TOLD_APART, Key, Outcome
from pantler.learning.challengers import HOLD, LET_THROUGH, Heard

KEPT: Final = ", kept"  # the arm of what was said of answers that a judge has kept
EXPECTED: Final = ", kept, as expected"  # the arm of what was believed of them


class Hearsay:
    """Remembers texts and keepings of as many queries as `tallies`, and teaches these what is said.

    Not of queries that are not told apart: what was said to one is no answer to another.
    """

    def __init__(self, tallies: Tallies) -> None:
        self.tallies = tallies
        self._texts: Recent[Key, dict[str, int]] = Recent()  # what each model said to a query
        self._kept: Recent[Key, str] = Recent()  # the model whose answer a judge has kept

    def judged(self, outcome: Outcome) -> None:
        """What a judge has made of the answers on the way."""
        key, plan = outcome.query.key, outcome.plan
        self._kept.pop(key, None)
        if plan is None or plan.keep_threshold is None:
            return
        for (model, _), judged in zip(outcome.charged, plan.models[:-1], strict=False):
            if model != judged:
                break  # a call failed, of which no judge has heard
            is_kept = model == outcome.model
            self.tallies.observe(key, model, DEFERRED, float(not is_kept))
            if is_kept:
                if key != NOT_TOLD_APART:
                    self._kept.write(key, model, self.tallies.max_queries)
                break  # of who was asked at the same time, nobody has heard

    def has_kept(self, key: Key, model: str) -> bool:
        """Whether the answer to a query is one that a judge has kept of this model."""
        return self._kept.get(key) == model

    def label(self, key: Key, model: str, wrong: float, believed: float) -> None:
        """Somebody has said how wrong an answer was, which was believed to be so wrong before."""
        if self.has_kept(key, model):
            self.tallies.observe(key, model + EXPECTED, WRONG, believed)
            self.tallies.observe(key, model + KEPT, WRONG, wrong)
        self.tallies.observe(key, model, WRONG, wrong)

    def repeated(self, outcome: Outcome) -> float | None:
        """How wrong the text is known to be, by what was said of it when it came before, from whichever model."""
        if not outcome.text:
            return None
        key, view = outcome.query.key, self.tallies.view(outcome.query.key, 1.0)
        said = [view.own(model, WRONG) for model, text in self.texts(key).items() if text == outcome.text]
        return next((total / number for number, total in said if number), None)

    def texts(self, key: Key) -> Mapping[str, int]:
        """What each model has said to a query, as digests."""
        return self._texts.get(key) or {}

    def note(self, outcome: Outcome) -> None:
        """Remember what models have said."""
        key, said = outcome.query.key, outcome.said
        if said and key != NOT_TOLD_APART:
            self._texts.write(key, {**self.texts(key), **dict(said)}, self.tallies.max_queries)

    def let_through(self, model: str) -> float:
        """How many wrong answers of a model a judge keeps, for each that was to be expected."""
        number = self.tallies.number(model + KEPT, WRONG)
        said, expected = ((self.tallies.mean(model + arm, WRONG) or 0.0) * number for arm in (KEPT, EXPECTED))
        return min(1.0, (HOLD * LET_THROUGH + said) / (HOLD + expected))

    def heard(self, models: Sequence[str]) -> Heard:
        """What is known of a plan that asks these models before its last."""
        times = min(self.tallies.number(model, DEFERRED) for model in models)
        labels = [self.tallies.number(model + KEPT, WRONG) for model in models]
        means = [self.tallies.mean(model + KEPT, WRONG) or 0.0 for model in models]
        return Heard(times, sum(labels), sum(number * mean for number, mean in zip(labels, means, strict=True)))

    def snapshot(self) -> Any:
        """The texts, then the keepings."""
        texts = [(packed(key), dict(said)) for key, said in list(self._texts.items())]
        return [texts, [(packed(key), model) for key, model in list(self._kept.items())]]

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave."""
        texts, judged = msgspec.convert(kept, tuple[list[tuple[bytes, dict[str, int]]], list[tuple[bytes, str]]])
        self._texts = Recent((int.from_bytes(key), said) for key, said in texts)
        self._kept = Recent((int.from_bytes(key), model) for key, model in judged)
