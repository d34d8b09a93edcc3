"""Answers that a model once gave, from a JSON Lines file, found by the text of the question."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import msgspec

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers import _speech
from pantler.providers._speech import Speech, question_of, spaced

LINES = "name in path a file of lines, each with question, answer, tokens_in and tokens_out"


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One line: `question` is the text of all messages; `seconds` what the answer took; every model's where empty."""

    question: str
    answer: str
    tokens_in: int
    tokens_out: int
    seconds: float = 0.0
    finish_reason: str = "stop"
    model: str = ""


class Replay:
    """Gives the recorded answer of `upstream_model`, or else of the model's own name; at its old pace where `paced`.

    A question that was not recorded is refused with status 404.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        path: str,
        paced: bool = False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = endpoint.name
        self._paced = paced
        self._sleep = sleep
        model = endpoint.upstream_model or endpoint.name
        self._recorded = {spaced(each.question): each for each in read_recorded(path) if each.model in {"", model}}
        if not self._recorded:
            raise ConfigError(
                f"model {endpoint.name!r}: {path} holds no line of the model {model!r}; set upstream_model"
            )

    async def whole(self, ask: Ask) -> bytes:
        recorded = self._found(ask)
        await self._wait(recorded.seconds)
        return _speech.whole(ask, _speech_of(recorded))

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        recorded = self._found(ask)
        pieces = list(_speech.pieces(ask, _speech_of(recorded)))
        for piece in pieces:
            await self._wait(recorded.seconds / len(pieces))
            yield piece

    async def close(self) -> None:
        """Holds nothing."""

    async def _wait(self, seconds: float) -> None:
        if self._paced:
            await self._sleep(seconds)

    def _found(self, ask: Ask) -> Recorded:
        found = None if ask.operation == "embedding" else self._recorded.get(question_of(ask))
        if found is None:
            message = f"{self._name} replays recorded answers, and holds no answer to this"
            body = msgspec.json.encode(
                {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": "not_recorded"}}
            )
            raise ProviderError(message, kind="status", status=404, body=body)
        return found


def read_recorded(path: str) -> list[Recorded]:
    """The lines of a file of recorded answers; ConfigError where it is none."""
    try:
        return msgspec.json.Decoder(Recorded).decode_lines(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); {LINES}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"{path} holds what is no recorded answer ({error}); {LINES}") from error


def _speech_of(recorded: Recorded) -> Speech:
    return Speech(recorded.answer, recorded.tokens_in, recorded.tokens_out, recorded.finish_reason)
