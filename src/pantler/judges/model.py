"""Whether two answers say the same, by the word of a model that is asked."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pantler.core.answers import said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ProviderError

TASK = (
    "Two answers to one question follow. Say YES where whoever asked may be given either of them: where they agree in "
    "every fact that the question asks for, however they are worded. Else say NO. Say nothing but YES or NO."
)
WORD = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
MOST_CHARACTERS = 4000  # of each answer


class Word:
    """Scores 1 where `model` says yes, 0 where it says no; `ask` asks it for the answer to a body of a chat.

    Raises ProviderError where it says neither, such as one that thinks first: that is no label.
    """

    def __init__(
        self, *, ask: Callable[[str, dict[str, Any]], Awaitable[bytes]] | None = None, model: str = ""
    ) -> None:
        self._ask = ask
        self._model = model

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        before, last = (said_in(answer) for answer in [b"", *answers][-2:])
        if self._ask is None or len(before) != 1 or len(last) != 1:
            return Opinion(0.0, "has nobody to ask, or nothing to compare")
        (one,), (other,) = before, last
        if one.calls or other.calls:
            return Opinion(float(one.calls == other.calls), "tools are called, which are compared as they are")
        words = await self._ask(self._model, _body(ask, one.text, other.text))
        said = WORD.match(next((each.text for each in said_in(words)), ""))
        if said is None:
            wrong = f"{self._model} says neither YES nor NO of two answers; name another model to judge"
            raise ProviderError(wrong, kind="garbage")
        is_yes = said[1].upper() == "YES"
        return Opinion(float(is_yes), "the model says yes" if is_yes else "the model says no")


def _body(ask: Ask, one: str, other: str) -> dict[str, Any]:
    """What the model is asked; the task stands before the answers and again behind them, so that none is last."""
    asked = _question(ask.body)
    material = f"Question:\n{asked}\n\nAnswer 1:\n{one[:MOST_CHARACTERS]}\n\nAnswer 2:\n{other[:MOST_CHARACTERS]}"
    messages = [{"role": "system", "content": TASK}, {"role": "user", "content": f"{material}\n\n{TASK}"}]
    return {"messages": messages, "temperature": 0, "max_tokens": 3}


def _question(body: dict[str, Any]) -> str:
    messages = body.get("messages")
    content = messages[-1].get("content") if isinstance(messages, list) and messages else body.get("prompt")
    return content[:MOST_CHARACTERS] if isinstance(content, str) else ""
