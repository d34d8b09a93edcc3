"""The whole of what a client has said, as one text: a last line alone always looks easy."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from pantler.core.asks import Ask
from pantler.live.said import Said

_encode = msgspec.json.Encoder(order="deterministic").encode


def said(ask: Ask) -> Said:
    """What was said, and which turns of it are an earlier request's: all before the last answer of a model."""
    text = conversation(ask)
    messages = _listed(ask.body.get("messages")) if ask.operation == "chat" else []
    answered = [
        place for place, each in enumerate(messages) if isinstance(each, dict) and each.get("role") == "assistant"
    ]
    if not messages:
        return Said(text)
    earlier = messages[: answered[-1]] if answered else []
    size = len("\n".join(_texts(earlier)).encode()) if earlier else 0
    return Said(text, _digest(messages), _digest(earlier) if earlier else 0, size)


def _digest(messages: list[Any]) -> int:
    return int.from_bytes(blake2b(_encode(messages), digest_size=8).digest()) | 1  # 0 is nothing


def conversation(ask: Ask) -> str:
    """All texts of an ask in their order, a line each; empty where it holds none."""
    body = ask.body
    match ask.operation:
        case "chat":
            return "\n".join(_texts(body.get("messages")))
        case "completion":
            prompt = body.get("prompt")
            return (
                prompt
                if isinstance(prompt, str)
                else "\n".join(each for each in _listed(prompt) if isinstance(each, str))
            )
        case _:
            return ""


def _texts(messages: Any) -> Iterator[str]:
    for message in _listed(messages):
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            yield content
        for part in _listed(content):
            text = part.get("text") if isinstance(part, dict) else None
            if isinstance(text, str):
                yield text


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
