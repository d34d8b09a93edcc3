"""The parts of an upstream's answer that it needs to be one, in OpenAI's shape."""

from typing import Any, Generic, TypeVar

import msgspec

from pantler.core.usage_shapes import Usage

T = TypeVar("T")
Content = str | list[dict[str, Any]] | None  # some answer in parts


class Message(msgspec.Struct, gc=False):
    """What a choice says."""

    content: Content = None
    refusal: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    function_call: Any = None


class Begun(msgspec.Struct, gc=False):
    """A choice as pieces of a stream have it."""

    index: int = 0
    finish_reason: str | None = None
    delta: Message | None = None
    text: str | None = None


class Said(msgspec.Struct, gc=False):
    """A choice of a chat's whole answer."""

    message: Message
    index: int = 0
    finish_reason: str | None = None


class Written(msgspec.Struct, gc=False):
    """A choice of a completion's."""

    text: str
    index: int = 0
    finish_reason: str | None = None


class Embedded(msgspec.Struct, gc=False):
    """One text's vector."""

    embedding: msgspec.Raw


class Holding(msgspec.Struct, Generic[T]):
    """What an answer holds beside what it says; `data` is for embeddings, `choices` for all else."""

    choices: list[T] = []
    data: list[Embedded] = []
    error: Any = None
    usage: Usage | None = None
    service_tier: Any = None


class Named(msgspec.Struct, gc=False):
    """One of the models that are listed."""

    id: str


class Listed(msgspec.Struct):
    """All of them."""

    data: list[Named]
