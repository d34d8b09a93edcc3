"""What an upstream's answer must hold to be one, in OpenAI's shape."""

from typing import Any, Final

import msgspec

from pantler.core.asks import Endpoint
from pantler.core.errors import ProviderError
from pantler.core.seen import Seen, note
from pantler.core.usage import UNREADABLE
from pantler.providers._failures import garbage, told_error, without_key
from pantler.providers._shapes import Begun, Holding, Listed, Said, Written

PAID_FOR: Final = (b'"choices"', b'"data"')  # what holds one of these was made by a model, however odd it is


_piece: Final[msgspec.json.Decoder[Holding[Any]]] = msgspec.json.Decoder(Holding[Begun])
_wholes: Final[dict[str, msgspec.json.Decoder[Holding[Any]]]] = {
    "chat": msgspec.json.Decoder(Holding[Said]),
    "completion": msgspec.json.Decoder(Holding[Written]),
    "embedding": msgspec.json.Decoder(Holding[Any]),
}


_listed: Final = msgspec.json.Decoder(Listed)


def names_in(endpoint: Endpoint, body: bytes) -> list[str]:
    """The names of a list of models; ProviderError where it is none."""
    try:
        return [named.id for named in _listed.decode(body).data]
    except UNREADABLE as error:
        raise garbage(endpoint, "what is no list of models in OpenAI's shape") from error


def check_whole(endpoint: Endpoint, operation: str, body: bytes) -> None:
    """Raises ProviderError unless `body` is a complete answer to such an operation, with something in it."""
    said = _read(endpoint, body, _wholes[operation])
    if said.error is not None:
        raise told_error(endpoint, said.error, body)
    choices = said.choices
    if not (said.data if operation == "embedding" else choices):
        raise garbage(endpoint, "JSON without an answer in it")
    tier = said.service_tier
    text = _only_text(choices[0]) if operation == "chat" and len(choices) == 1 else None
    note(body, Seen(said.usage, tier if isinstance(tier, str) else "", text))


def _only_text(choice: Said) -> str | None:
    """The text of a choice that is nothing else and has come to its end."""
    message = choice.message
    content = message.content
    if choice.finish_reason != "stop" or not isinstance(content, str):
        return None
    if message.refusal is not None or message.tool_calls is not None or message.function_call is not None:
        return None
    return content


class Ending:
    """Whether a streamed answer has come to its end: every choice begun must finish."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._open: set[int] = set()
        self._finished = False

    def take(self, piece: bytes) -> None:
        """One piece; ProviderError where it is none."""
        said = _read(self._endpoint, piece, _piece)
        if said.error is not None:
            raise self._broken_off(said.error, piece)
        for choice in said.choices:
            if not choice.finish_reason:
                self._open.add(choice.index)
            else:
                self._open.discard(choice.index)
                self._finished = True

    def _broken_off(self, error: Any, piece: bytes) -> ProviderError:
        """An error in place of an answer, or after the beginning of one."""
        if not (self._open or self._finished):
            return told_error(self._endpoint, error, piece)
        said = without_key(self._endpoint, piece)
        return ProviderError(f"{self._endpoint.name} broke off with an error", kind="cut", body=said)

    @property
    def reached(self) -> bool:
        """Whether nothing of the content is missing."""
        return self._finished and not self._open


def _read(endpoint: Endpoint, body: bytes, decoder: msgspec.json.Decoder[Holding[Any]]) -> Holding[Any]:
    try:
        body.decode()
        said = decoder.decode(body)
    except UNREADABLE as error:
        answer = body if any(name in body for name in PAID_FOR) else b""
        raise garbage(endpoint, "what is no JSON answer in OpenAI's shape", answer) from error
    return said
