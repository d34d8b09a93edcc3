"""What an upstream says of its own failure, as far as it may be told to anybody: its status and its words for programs.

An upstream's sentences may quote what was asked, so they go to the client that asked and nowhere else.
"""

import re
from typing import Any

import msgspec

from pantler.core.errors import ProviderError
from pantler.core.usage import UNREADABLE

TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,64}")
SPEAKS = frozenset({"status", "overloaded", "cut"})  # kinds of failure whose body is what the upstream says of it


class _Said(msgspec.Struct, gc=False):
    error: Any = None
    type: Any = None
    code: Any = None


_decoder = msgspec.json.Decoder(_Said)


def error_in(body: bytes) -> Any:
    """The error that a body holds in place of an answer; None where it holds none."""
    try:
        return _decoder.decode(body).error
    except UNREADABLE:
        return None


def status_in(error: Any) -> int | None:
    """The status that an error gives itself, where it is one of a client's errors."""
    found = [error.get(name) for name in ("code", "status")] if isinstance(error, dict) else []
    return next((each for each in found if type(each) is int and 400 <= each < 500), None)


def complaint(error: ProviderError) -> str:
    """Status, type and code of a failure with strokes between them, each only where it is a plain token."""
    if error.kind not in SPEAKS:
        return ""
    said = [error.status, *_named(error.body)]
    tokens = [str(each) for each in said if isinstance(each, int | str) and not isinstance(each, bool)]
    return "/".join(dict.fromkeys(token for token in tokens if TOKEN.fullmatch(token)))


def _named(body: bytes) -> list[Any]:
    """The type and the code that a body names, within its error or beside it."""
    try:
        said = _decoder.decode(body)
    except UNREADABLE:
        return []
    if isinstance(said.error, dict):
        return [said.error.get("type"), said.error.get("code")]
    return [said.type, said.code]
