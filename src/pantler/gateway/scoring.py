"""Asks a model whether an answer was right: a word of the signal `judge` on its decision."""

from functools import partial
from typing import Any

from pantler.core.rows import JUDGE, Word
from pantler.core.types import SURE, Call, Plan
from pantler.gateway.beside import Beside
from pantler.gateway.ratings import Heard, Ratings
from pantler.gateway.samples import Scores
from pantler.live.errands import Errand, Landing

MOST_OUT = 64  # tokens
WHY = "whether an answer was right is asked"


class Scoring:
    """Tells `ratings` what it is told."""

    def __init__(self, beside: Beside, ratings: Ratings) -> None:
        self._beside = beside
        self._ratings = ratings

    async def score(self, scores: Scores, errand: Errand, landing: Landing) -> str:
        """Whether it was "right" or "wrong"."""
        opinion = await scores.judge(partial(self._ask, scores, errand)).judge(errand.ask, [landing.entry.body])
        reliability = self._ratings.signals.reliability(JUDGE, opinion.score)
        word = Word(opinion.score, JUDGE, reliability >= SURE)
        await self._ratings.found(errand, errand.decision, Heard(word))
        return "right" if opinion.score >= 0.5 else "wrong"

    async def _ask(self, scores: Scores, errand: Errand, model: str, body: dict[str, Any]) -> bytes:
        asking = asking_of(self._beside.errand(errand, JUDGE), model, body)
        call = Call(Plan((model,)), self._beside.price(asking, model), reason=WHY)
        landing, _ = await self._beside.asked(asking, call, scores.purpose)
        return landing.entry.body


def asking_of(errand: Errand, model: str, body: dict[str, Any]) -> Errand:
    """The errand as one that asks a model a chat of the gateway's own."""
    ask = errand.ask.of(model)
    ask.operation, ask.body = "chat", {"model": model, **body}
    ask.headers, ask.sent = (), b""
    asking = errand.copy()
    asking.ask = ask
    asking.flaw = _whole
    asking.with_usage = asking.is_odd = False
    asking.most_in, asking.most_out = len(str(body).encode()), MOST_OUT
    asking.choices = 1
    return asking


def _whole(_: bytes) -> None:
    """Nothing of it is kept."""
