"""What an upstream's answer must hold to be one, in OpenAI's shape."""

from typing import Any

import msgspec

from pantler.core.asks import Endpoint
from pantler.core.errors import ProviderError
from pantler.core.usage import Usage
from pantler.providers._failures import garbage

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what reading any bytes may raise


class _Choice(msgspec.Struct, gc=False):
    index: int = 0
    finish_reason: str | None = None


class _Whole(msgspec.Struct):
    choices: list[_Choice] = []
    data: list[msgspec.Raw] = []
    error: Any = None
    usage: Usage | None = None


_whole = msgspec.json.Decoder(_Whole)


class _Named(msgspec.Struct, gc=False):
    id: str


class _Listed(msgspec.Struct):
    data: list[_Named]


_listed = msgspec.json.Decoder(_Listed)


def names_in(endpoint: Endpoint, body: bytes) -> list[str]:
    """The names of a list of models; ProviderError where it is none."""
    try:
        return [named.id for named in _listed.decode(body).data]
    except UNREADABLE as error:
        raise garbage(endpoint, "what is no list of models in OpenAI's shape") from error


def check_whole(endpoint: Endpoint, body: bytes) -> None:
    """Raises ProviderError unless `body` is a complete JSON answer with something in it."""
    said = _read(endpoint, body)
    if not said.choices and not said.data:
        raise garbage(endpoint, "JSON without an answer in it")


class Ending:
    """Whether a streamed answer has come to its end: every choice begun must finish."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._open: set[int] = set()
        self._finished = False

    def take(self, piece: bytes) -> None:
        """One piece; ProviderError where it is none."""
        said = _read(self._endpoint, piece)
        for choice in said.choices:
            if not choice.finish_reason:
                self._open.add(choice.index)
            else:
                self._open.discard(choice.index)
                self._finished = True

    @property
    def reached(self) -> bool:
        """Whether nothing of the content is missing."""
        return self._finished and not self._open


def _read(endpoint: Endpoint, body: bytes) -> _Whole:
    try:
        body.decode()
        said = _whole.decode(body)
    except UNREADABLE as error:
        raise garbage(endpoint, "what is no JSON answer in OpenAI's shape") from error
    if said.error is not None:
        raise ProviderError(f"{endpoint.name} broke off with an error", kind="cut", body=body)
    return said
