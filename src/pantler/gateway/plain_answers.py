"""What most answers to chats are: texts that have come to their end, with nothing more to be looked at."""

from typing import Literal

import msgspec


class _Message(msgspec.Struct, frozen=True, gc=False):
    content: str
    refusal: None = None
    tool_calls: None = None
    function_call: None = None


class _Choice(msgspec.Struct, frozen=True, gc=False):
    message: _Message
    finish_reason: Literal["stop"]


class _Plain(msgspec.Struct, frozen=True, gc=False):
    choices: list[_Choice]
    error: None = None


_decode = msgspec.json.Decoder(_Plain).decode


def is_plain(whole: bytes, count: int) -> bool:
    """Whether an answer is so many such texts, found in a third of the time that any other look takes."""
    try:
        choices = _decode(whole).choices
    except (ValueError, RecursionError):
        return False
    if len(choices) == 1:  # as most have
        return count <= 1 and choices[0].message.content != ""
    return len(choices) >= count and all(choice.message.content for choice in choices)
