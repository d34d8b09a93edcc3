"""What an answer says against itself, whatever was asked: the signal by whose name it is heard.

Only what a request asked for can be broken; a schema that cannot be used, and a length that the client has set, are no
fault of the model.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.refusing import refuses_in_words
from pantler.texts.forms import broken_by_form, fits

BROKEN: Final = frozenset({"not JSON", "no JSON object", "breaks the schema"})
ELSEWHERE: Final = (
    "audio",
    "functions",
    "modalities",
)  # fields by which an answer may be in none of the places looked at


def telltale(body: Mapping[str, Any], answer: bytes, *, is_bounded: bool, text: str | None = None) -> str:
    """The signal that a whole answer to a request's `body` gives against itself; empty where it gives none.

    `is_bounded` says that the client has set a length, `text` that the answer is this text and nothing else.
    """
    if text is not None:
        return _told_by_text(body, text)
    for said in said_in(answer):
        found = _told(body, said, is_bounded=is_bounded)
        if found:
            return found
    return ""


def _told(body: Mapping[str, Any], said: Said, *, is_bounded: bool) -> str:
    if said.refusal or said.finish_reason == "content_filter":
        return "refusal"
    if said.finish_reason == "length":
        return "" if is_bounded else "cut"
    if said.calls:
        return "" if all(_is_offered(body.get("tools"), *call) for call in said.calls) else "tools"
    return _told_by_text(body, said.text)


def _told_by_text(body: Mapping[str, Any], text: str) -> str:
    if not text.strip():
        return "" if any(body.get(field) for field in ELSEWHERE) else "empty"
    if broken_by_form(body.get("response_format"), text) in BROKEN:
        return "form"
    return "refusal" if refuses_in_words(text) else ""


def _is_offered(tools: Any, name: str, arguments: str) -> bool:
    """Whether a tool of this name was offered, for such arguments."""
    offered = [tool.get("function") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    found = next((each for each in offered if isinstance(each, dict) and each.get("name") == name), None)
    if found is None:
        return False
    try:
        value = msgspec.json.decode(arguments or "{}")
    except (msgspec.DecodeError, RecursionError):
        return False
    schema = found.get("parameters")
    return schema is None or fits(schema, value) is not False
