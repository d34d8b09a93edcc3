"""A model that is all declaration: its answers, how often it errs, how long it takes, when it fails.

Nothing is drawn: an answer is wrong by the hash of its question, a call fails by the hash of its number, so that one
seed always tells the same story. A token is a word; `template_tokens` come to those of every request, as a model's chat
template adds some.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers import _speech
from pantler.providers._speech import Speech, question_of, spaced

WELL = "well"
LINES = 'name in answers_path a file of lines such as {"question": "2+2?", "answer": "4"}'
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Tokens = Annotated[int, Meta(ge=0, le=1_000_000)]
FAULTS: dict[str, Callable[[str], ProviderError]] = {
    "refused": lambda name: ProviderError(f"{name} takes no connection", kind="refused", may_retry=True),
    "timeout": lambda name: ProviderError(f"{name} did not answer in time", kind="timeout"),
    "cut": lambda name: ProviderError(f"{name} broke off", kind="cut"),
    "garbage": lambda name: ProviderError(f"{name} sent what is no answer", kind="garbage"),
}


class _Line(msgspec.Struct):
    question: str
    answer: str


class Scripted:
    """Answers from a table, by default with the question's own words.

    `answers` maps a question to its answer, `answers_path` names a JSON Lines file of `question` and `answer`. Of the
    questions a share `wrong_rate` is answered with `wrong_answer`. An answer begins after `latency_seconds` and goes on
    at `seconds_per_token`. Call number n takes the n-th of `faults`, in turn: "well", a status such as "503", or
    "refused", "timeout", "cut", "garbage"; beside them a share `error_rate` of the calls fails with status 500.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own, with a default
        self,
        endpoint: Endpoint,
        *,
        answers: Mapping[str, str] | None = None,
        answers_path: str = "",
        wrong_rate: Share = 0.0,
        wrong_answer: str = "I do not know.",
        latency_seconds: Seconds = 0.0,
        seconds_per_token: Seconds = 0.0,
        template_tokens: Tokens = 0,
        error_rate: Share = 0.0,
        faults: Sequence[str | int] = (WELL,),
        seed: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = endpoint.name
        self._answers = _table(answers_path) | {spaced(question): text for question, text in (answers or {}).items()}
        self._wrong_rate = wrong_rate
        self._wrong_answer = wrong_answer
        self._latency_seconds = latency_seconds
        self._seconds_per_token = seconds_per_token
        self._template_tokens = template_tokens
        self._error_rate = error_rate
        self._faults = [_known(endpoint.name, str(fault)) for fault in faults]
        self._seed = seed
        self._sleep = sleep
        self._calls = 0

    async def whole(self, ask: Ask) -> bytes:
        fault = self._fault()
        if ask.operation == "embedding":
            await self._sleep(self._latency_seconds)
            self._fail(fault)
            return _speech.embeddings(ask)
        speech = self.speech(ask)
        await self._sleep(self._latency_seconds + self._seconds_per_token * speech.tokens_out)
        self._fail(fault)
        return _speech.whole(ask, speech)

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        fault = self._fault()
        await self._sleep(self._latency_seconds)
        if fault != "cut":
            self._fail(fault)
        for piece in _speech.pieces(ask, self.speech(ask)):
            yield piece
            self._fail(fault)
            await self._sleep(self._seconds_per_token)

    async def close(self) -> None:
        """Holds nothing."""

    def speech(self, ask: Ask) -> Speech:
        """What is answered when all goes well."""
        question = question_of(ask)
        is_wrong = self._share("question", question) < self._wrong_rate
        text = self._wrong_answer if is_wrong else self._answers.get(question, question)
        words = text.split()
        bound = ask.body.get("max_completion_tokens") or ask.body.get("max_tokens") or -1
        most = len(words) if bound < 0 else bound
        return Speech(
            text if len(words) <= most else " ".join(words[:most]),
            tokens_in=self._template_tokens + len(question.split()),
            tokens_out=min(len(words), most),
            finish_reason="stop" if len(words) <= most else "length",
        )

    def _fault(self) -> str:
        number, self._calls = self._calls, self._calls + 1
        if self._share("call", str(number)) < self._error_rate:
            return "500"
        return self._faults[number % len(self._faults)]

    def _fail(self, fault: str) -> None:
        if fault == WELL:
            return
        if fault in FAULTS:
            raise FAULTS[fault](self._name)
        status, is_overload = int(fault), fault in {"429", "503", "529"}
        raise ProviderError(
            f"{self._name} answered with status {status}, as it was told to",
            kind="overloaded" if is_overload else "status",
            status=status,
            body=msgspec.json.encode({"error": {"message": "told to fail", "type": "scripted", "code": None}}),
            may_retry=is_overload or status >= 500,
        )

    def _share(self, what: str, of: str) -> float:
        digest = blake2b(f"{self._seed}\0{what}\0{of}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def _table(path: str) -> dict[str, str]:
    if not path:
        return {}
    try:
        lines = msgspec.json.Decoder(_Line).decode_lines(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); {LINES}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"{path} holds what is none of its lines ({error}); {LINES}") from error
    if not lines:
        raise ConfigError(f"{path} is empty; {LINES}")
    return {spaced(line.question): line.answer for line in lines}


def _known(name: str, fault: str) -> str:
    if fault == WELL or fault in FAULTS or (fault.isdecimal() and 400 <= int(fault) < 600):
        return fault
    known = ", ".join([WELL, *FAULTS])
    raise ConfigError(f"model {name!r}, faults: no fault named {fault!r}; known: {known}, and statuses from 400 to 599")
