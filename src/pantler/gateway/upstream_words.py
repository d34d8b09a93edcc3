"""What an upstream says in refusing what was asked, or of its own failure, in the shape of OpenAI's errors."""

from typing import Any

import msgspec

from pantler.gateway.openai import whole_object
from pantler.gateway.wire import Fault

LONGEST = 2000  # characters of a refusal in no shape that is known
NAMED = ("error", "message", "detail")  # where the words are
OWN = ("message", "type", "param", "code")  # which clients read as text

_encode = msgspec.json.Encoder().encode


def in_shape(body: bytes, fault: Fault) -> bytes:
    """The body of a refusal: as it came where it has the shape already, else made of its words by what `fault` says."""
    answer = whole_object(body)
    error = answer.get("error") if answer is not None else None
    if answer is None or not isinstance(error, dict):
        return _told(fault, _words(body if answer is None else answer))
    shaped = {**_told_fields(fault, _words(error)), **{name: value for name, value in error.items() if name not in OWN}}
    shaped |= {name: text for name in OWN if (text := _text(error.get(name))) is not None}
    return body if shaped == error else _encode({**answer, "error": shaped})


def with_words(body: bytes, fault: Fault) -> bytes:
    """The body of a failure that is told as `fault` says, with the upstream's words behind."""
    answer = whole_object(body)
    return _told(fault, _words(body if answer is None else answer))


def _told(fault: Fault, words: str) -> bytes:
    return _encode({"error": _told_fields(fault, words)})


def _told_fields(fault: Fault, words: str) -> dict[str, Any]:
    message = f"{fault.message}: {words}" if words else fault.message
    return {"message": message, "type": fault.kind, "param": fault.param, "code": fault.code}


def _text(value: Any) -> str | None:
    """A text, also that of a number; None where it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _words(said: Any) -> str:
    """The words of a refusal, empty where it has none that a person would read."""
    if isinstance(said, bytes):
        text = said.decode(errors="replace").strip()
        return "" if text.startswith(("<", "{", "[")) else text[:LONGEST]  # a page, or JSON that broke off
    if isinstance(said, dict):
        found = next((said[name] for name in NAMED if said.get(name)), "")
        return _words(found) if isinstance(found, dict) else _words_of(found)
    return _words_of(said)


def _words_of(found: Any) -> str:
    return (found if isinstance(found, str) else _encode(found).decode())[:LONGEST]
