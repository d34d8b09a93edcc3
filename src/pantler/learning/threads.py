"""Which model has answered a conversation last, and what it charges less for reading on.

    price of m = expected price - what its provider's prompt cache saves, if m read what came before within `seconds`

A thread is known by a digest of all that was said: the turns before a new question are the thread of the answer before.
"""

from dataclasses import dataclass
from typing import Final

from pantler.core.recent import Recent
from pantler.core.types import Appraisal

MOST: Final = 10_000  # conversations


@dataclass(frozen=True, slots=True)
class Loyalty:
    """How much dearer, as a share, the model that answered last may be and still go on.

    `seconds` is how long providers keep a prompt that they have read.
    """

    affinity: float = 0.1
    seconds: float = 300.0


class Threads:
    """By the thread: who has answered it last, and when."""

    def __init__(self, loyalty: Loyalty) -> None:
        self.loyalty = loyalty
        self._last: Recent[int, tuple[str, float]] = Recent()

    def before(self, appraisal: Appraisal) -> str:
        """The model that has answered the turn before; empty where this is the first, or was another's."""
        return self._last.get(appraisal.earlier, ("", 0.0))[0] if appraisal.earlier else ""

    def saves(self, appraisal: Appraisal) -> str:
        """The model whose provider still has what was read before; empty where there is none."""
        model, time = self._last.get(appraisal.earlier, ("", 0.0)) if appraisal.earlier else ("", 0.0)
        return model if model and appraisal.time - time <= self.loyalty.seconds else ""

    def note(self, appraisal: Appraisal, model: str) -> None:
        """The model has answered."""
        if appraisal.thread:
            self._last.write(appraisal.thread, (model, appraisal.time), MOST)
