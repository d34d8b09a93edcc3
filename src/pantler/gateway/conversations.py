"""The whole of what a client has said, as one text: a last line alone always looks easy."""

from collections.abc import Iterator
from typing import Any

from pantler.core.asks import Ask


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
