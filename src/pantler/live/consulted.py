"""Runs a call beside whose answer others are asked before one is served, as long as the engine finds that they pay.

Answers are held until all have come, and a stream is made of the one that is kept. What may be asked further is held
money for as it is asked; where there is no room for it, or it fails, the best answer so far is served.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pantler.core.asks import Ask
from pantler.core.errors import PantlerError
from pantler.core.normal import digest
from pantler.core.rows import Asked
from pantler.core.types import Call, Further, Key
from pantler.live import plans
from pantler.live.means import Answered, Means
from pantler.live.single import whole

Consult = Callable[[Sequence[tuple[str, int]]], Further]


@dataclass(frozen=True)
class Consulted:
    """How a call is consulted on: whom `consult` names is asked where `allow` does not raise.

    `said` is what came, (model, digest), in the order in which it was asked.
    """

    consult: Consult
    allow: Callable[[str], object]
    said: list[tuple[str, int]] = field(default_factory=list)

    async def run(self, call: Call, ask: Ask, means: Means, asked: list[Asked], key: Key) -> Answered:
        """The best answer; every call is added to `asked` once it ends."""
        first = await plans.run(call.plan, ask, means, asked)
        kept, asks = first, self._told(first, first, key)
        while asks.asks:
            try:
                self.allow(asks.asks)
                came = await whole(ask.of(asks.asks), means, asked)
            except PantlerError:
                return kept
            asks = self._told(kept, came, key)
            kept = came if asks.kept == came.model else kept
        return kept

    def _told(self, kept: Answered, came: Answered, key: Key) -> Further:
        """What is to be done now that one more answer has come."""
        self.said.append((came.model, digest(came.body, key)))
        texts = dict(self.said)
        others = [model for model in texts if model not in (kept.model, came.model)]
        order = [kept.model, *others, *([came.model] if came.model != kept.model else [])]
        return self.consult([(model, texts[model]) for model in order])
