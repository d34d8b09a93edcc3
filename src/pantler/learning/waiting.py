"""Answers whose rating may still come, with what was expected of their models when they were asked."""

from hashlib import blake2b
from typing import Any, Final

import msgspec

from pantler.core.appraised import in_order
from pantler.core.packing import KEY_BYTES, packed
from pantler.core.recent import Recent
from pantler.core.types import NOT_TOLD_APART, Appraisal, Key, Outcome, Rating
from pantler.learning.challengers import Models

MOST_WAITING: Final = 4096

_Kept = tuple[Models, list[tuple[bytes, tuple[float, ...], tuple[float, ...], Models]]]


class Waiting:
    """By query, or by decision where the cache stands aside: its requests have one key for all."""

    def __init__(self) -> None:
        self._kept: Recent[Key, tuple[Appraisal, Models]] = Recent()

    def note(self, outcome: Outcome, appraisal: Appraisal, judged: Models) -> None:
        """An answer came; `judged` are the models of the plan by which a judge chose it, empty for none."""
        self._kept.write(_place(outcome), (appraisal, judged), MOST_WAITING)

    def forget(self, outcome: Outcome) -> None:
        """What is said of an answer is not to be learned from."""
        self._kept.pop(_place(outcome), None)

    def take(self, rating: Rating) -> tuple[Appraisal, Models] | None:
        """What was noted of the answer that a label speaks of, once; a hint teaches no model."""
        return self._kept.pop(_place(rating), None) if rating.is_label else None

    def snapshot(self, models: Models) -> Any:
        """Without vectors; `models` are those appraised, in their order."""
        return models, [(packed(key), each.wrong, each.prices, plan) for key, (each, plan) in list(self._kept.items())]

    def restore(self, kept: Any, here: Models) -> None:
        """What `snapshot` gave, as far as it speaks of the models that are here now."""
        models, rows = msgspec.convert(kept, _Kept)
        named = [(key, Appraisal(wrong, prices, models=models), plan) for key, wrong, prices, plan in rows]
        placed = [(int.from_bytes(key), in_order(each, here), plan) for key, each, plan in named]
        self._kept = Recent((key, (each, plan)) for key, each, plan in placed if each is not None)


def _place(event: Outcome | Rating) -> Key:
    key = event.query.key
    if key != NOT_TOLD_APART or not event.decision:
        return key
    return int.from_bytes(blake2b(event.decision.encode(), digest_size=KEY_BYTES).digest())
