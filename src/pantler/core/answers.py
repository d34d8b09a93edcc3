"""What a whole answer says, in OpenAI's shape, as far as a judge needs to know."""

from typing import Any

import msgspec


class Said(msgspec.Struct, frozen=True, gc=False):
    """One choice of an answer: its text, why it ended, what it refuses, and the tools it calls as (name, arguments)."""

    text: str
    finish_reason: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str], ...] = ()

    def unfinished(self, length: int | None) -> str:
        """Why it is no whole answer; empty where it is one, as it is within a `length` that its client has set."""
        if self.finish_reason == "length" and length is None:
            return "cut short"
        if self.finish_reason == "content_filter":
            return "filtered"
        return "refused" if self.refusal else ""


class _Function(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    arguments: str = ""


class _Call(msgspec.Struct, frozen=True, gc=False):
    function: _Function = _Function()


class _Message(msgspec.Struct, frozen=True, gc=False):
    content: Any = None
    refusal: str | None = None
    tool_calls: tuple[_Call, ...] | None = None


class _Choice(msgspec.Struct, frozen=True, gc=False):
    message: _Message | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Answer(msgspec.Struct, frozen=True, gc=False):
    choices: tuple[_Choice, ...] = ()


_decode = msgspec.json.Decoder(_Answer).decode


def said_in(body: bytes) -> tuple[Said, ...]:
    """Every choice of an answer; none where it is no answer."""
    try:
        return tuple(map(_said, _decode(body).choices))
    except (msgspec.DecodeError, RecursionError):
        return ()


def _said(choice: _Choice) -> Said:
    message = choice.message or _Message(content=choice.text)
    called = message.tool_calls
    calls = tuple((call.function.name, call.function.arguments) for call in called) if called else ()
    text = message.content if isinstance(message.content, str) else ""
    return Said(text, choice.finish_reason or "", message.refusal or "", calls)
