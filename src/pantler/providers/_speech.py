"""Answers in OpenAI's shape made from plain text, for the providers that ask nobody."""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from pantler.core.asks import Ask

WORD = re.compile(r"\S+\s*|\s+")

KINDS = {"chat": ("chat.completion", "chat.completion.chunk"), "completion": ("text_completion", "text_completion")}


class Speech(msgspec.Struct, frozen=True, gc=False):
    """What is to be said, with the tokens that it takes."""

    text: str
    tokens_in: int
    tokens_out: int
    finish_reason: str = "stop"


def question_of(ask: Ask) -> str:
    """The text of every message, or the prompt, with single spaces: what recorded answers are found by."""
    said = [message.get("content") for message in ask.body.get("messages", ())] or [ask.body.get("prompt", "")]
    return spaced(" ".join(text for part in said for text in _texts(part)))


def spaced(text: str) -> str:
    """Words with single spaces between them."""
    return " ".join(text.split())


def whole(ask: Ask, speech: Speech) -> bytes:
    """The complete answer."""
    return msgspec.json.encode(
        _head(ask, 0) | {"choices": [_choice(ask, speech.text, speech.finish_reason, 0)], "usage": _usage(speech)}
    )


def pieces(ask: Ask, speech: Speech) -> Iterator[bytes]:
    """The same answer word by word, its usage last."""
    for word in WORD.findall(speech.text) or [""]:
        yield msgspec.json.encode(_head(ask, 1) | {"choices": [_choice(ask, word, None, 1)]})
    yield msgspec.json.encode(_head(ask, 1) | {"choices": [_choice(ask, "", speech.finish_reason, 1)]})
    yield msgspec.json.encode(_head(ask, 1) | {"choices": [], "usage": _usage(speech)})


def embeddings(ask: Ask) -> bytes:
    """A vector of eight numbers for each text, made of its hash: equal texts are near, no others are."""
    texts = ask.body.get("input", "")
    texts = [texts] if isinstance(texts, str) else texts
    data = [{"object": "embedding", "index": at, "embedding": _vector(str(text))} for at, text in enumerate(texts)]
    words = sum(len(str(text).split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return msgspec.json.encode({"object": "list", "data": data, "model": ask.model, "usage": usage})


def _vector(text: str) -> list[float]:
    numbers = blake2b(text.encode(), digest_size=8).digest()
    length = sum(number * number for number in numbers) ** 0.5 or 1.0
    return [number / length for number in numbers]


def _head(ask: Ask, form: int) -> dict[str, Any]:
    return {"id": "made", "object": KINDS[ask.operation][form], "created": 0, "model": ask.model}


def _choice(ask: Ask, text: str, finish_reason: str | None, form: int) -> dict[str, Any]:
    said: dict[str, Any] = {"text": text}
    if ask.operation == "chat":
        said = {("message", "delta")[form]: {"role": "assistant", "content": text}}
    return {"index": 0, **said, "logprobs": None, "finish_reason": finish_reason}


def _usage(speech: Speech) -> dict[str, int]:
    total = speech.tokens_in + speech.tokens_out
    return {"prompt_tokens": speech.tokens_in, "completion_tokens": speech.tokens_out, "total_tokens": total}


def _texts(part: Any) -> Iterator[str]:
    """The texts in a message's content, which may be a list of parts."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from _texts(part.get("text"))
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
