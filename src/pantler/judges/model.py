"""Whether two answers say the same, or whether one is right, by the word of a model that is asked."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ProviderError

TASK = (
    "Two answers to one question follow. Say YES where whoever asked may be given either of them: where they agree in "
    "every fact that the question asks for, however they are worded. Else say NO. Say nothing but YES or NO."
)
ALONE = (
    "A question and an answer to it follow. Say YES where the answer is right and does all that was asked, else NO. Do "
    "not prefer long answers. Say nothing but YES or NO."
)
WORD = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
MOST_CHARACTERS = 4000  # of each answer


class Word:
    """Scores 1 where `model` says yes, 0 where it says no; `ask` asks it for the answer to a body of a chat.

    One answer alone is asked about for being right. Raises ProviderError where the model says neither, such as one that
    thinks first: that is no label.
    """

    def __init__(
        self, *, ask: Callable[[str, dict[str, Any]], Awaitable[bytes]] | None = None, model: str = ""
    ) -> None:
        self._ask = ask
        self._model = model

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        last = [said_in(answer) for answer in answers[-2:]]
        if self._ask is None or not last or any(len(said) != 1 for said in last):
            return Opinion(0.0, "has nobody to ask, or nothing to compare")
        said = [each for (each,) in last]
        calls = [each.calls for each in said]
        if len(said) > 1 and any(calls):
            return Opinion(float(calls[0] == calls[1]), "tools are called, which are compared as they are")
        words = await self._ask(self._model, _body(ask, [each.text or _told(each) for each in said]))
        word = WORD.match(next((each.text for each in said_in(words)), ""))
        if word is None:
            wrong = f"{self._model} says neither YES nor NO of answers; name another model to judge"
            raise ProviderError(wrong, kind="garbage")
        is_yes = word[1].upper() == "YES"
        return Opinion(float(is_yes), "the model says yes" if is_yes else "the model says no")


def _body(ask: Ask, answers: Sequence[str]) -> dict[str, Any]:
    """What the model is asked; the task stands before the answers and again behind them, so that none is last."""
    task = TASK if len(answers) > 1 else ALONE
    shown = [f"Answer {number}:\n{each[:MOST_CHARACTERS]}" for number, each in enumerate(answers, start=1)]
    material = "\n\n".join([f"Question:\n{_question(ask.body)}", *shown])
    messages = [{"role": "system", "content": task}, {"role": "user", "content": f"{material}\n\n{task}"}]
    return {"messages": messages, "temperature": 0, "max_tokens": 3}


def _told(said: Said) -> str:
    """The tools that an answer calls, in words."""
    return "\n".join(f"calls {name} with {arguments}" for name, arguments in said.calls)


def _question(body: dict[str, Any]) -> str:
    messages = body.get("messages")
    content = messages[-1].get("content") if isinstance(messages, list) and messages else body.get("prompt")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "\n".join(text for text in texts if isinstance(text, str))
    return content[:MOST_CHARACTERS] if isinstance(content, str) else ""
