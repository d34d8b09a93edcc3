"""The arms of a plan: who is charged at each place, and whose answers may be wrong, those that a judge kept apart."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from pantler.core.counts import DEFERRED
from pantler.core.packing import packed
from pantler.core.recent import Recent
from pantler.core.tallies import Tallies
from pantler.core.types import NOT_TOLD_APART, Key, Outcome, Plan


class Arm(NamedTuple):
    """One place in a plan: `answers` names what is tallied of the answers that were kept there."""

    model: str
    answers: str
    is_judged: bool


def arms_of(plan: Plan) -> tuple[Arm, ...]:
    """One for each model that the plan may ask."""
    last = len(plan.models) - 1
    if plan.keep_threshold is None:
        return (Arm(plan.models[0], plan.models[0], False),)
    return tuple(
        Arm(model, f"{model}, kept at {place}" if place < last else model, place < last)
        for place, model in enumerate(plan.models)
    )


class Judged:
    """Which answers a judge has kept, of as many queries as `tallies` tells apart; what it did goes to these."""

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies
        self._kept: Recent[Key, tuple[str, str]] = Recent()  # the model whose answer it was, its arm

    def answering(self, outcome: Outcome, arms: Sequence[Arm]) -> str:
        """The arm whose answer was kept; what the judge did on the way is tallied."""
        key = outcome.query.key
        self._kept.pop(key, None)
        asked = [model for model, _ in outcome.charged]
        for place, arm in enumerate(arms):
            if not arm.is_judged or place >= len(asked) or asked[place] != arm.model:
                break  # also where a call failed, of which no judge has heard
            is_kept = arm.model == outcome.model and place == len(asked) - 1
            self._tallies.observe(key, arm.answers, DEFERRED, float(not is_kept))
            if is_kept:
                if key != NOT_TOLD_APART:
                    self._kept.write(key, (arm.model, arm.answers), self._tallies.max_queries)
                return arm.answers
        return outcome.model

    def arm(self, key: Key, model: str) -> str:
        """What a word on the model's last answer to a query is tallied under."""
        kept, arm = self._kept.get(key, ("", ""))
        return arm if kept == model else model

    def snapshot(self) -> Any:
        """Each keeping with its key."""
        return [(packed(key), model, arm) for key, (model, arm) in list(self._kept.items())]

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave."""
        judged = msgspec.convert(kept, list[tuple[bytes, str, str]])
        self._kept = Recent((int.from_bytes(key), (model, arm)) for key, model, arm in judged)
