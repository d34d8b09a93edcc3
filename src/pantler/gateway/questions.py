"""The question in a request: its last text from the user, apart from all the rest, which must be equal for a match."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pantler.config.values import Route
from pantler.core.types import Key
from pantler.gateway.query_key import USER, material
from pantler.gateway.readings import Bypass
from pantler.gateway.wire import Request, Wire
from pantler.live.asking import Circle, Question
from pantler.matching.text_rules import refused_text

BLANK = ""
NO_QUESTION = "no_question"  # what comes last is no text of the user's
ATTACHED = "attachments"
VARIETY = "sampled_for_variety"
TIMELY = "time_bound"
ECHOED = "echoed"  # the answer repeats the question
TEXT = "text"
TOLD_BY = ("metadata", "tools", "functions")


@dataclass(frozen=True, slots=True)
class _Split:
    """A text and the fields without it; the rule that refuses the request, empty where none does."""

    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request it is: its circle, its principal, the key of its scope by all that it says but its question."""

    circle: Circle
    principal: str
    scope: Callable[[bytes], Key]


def question(request: Request, wire: Wire, route: Route, origin: Origin) -> Question:
    """What a request asks, or the rule by which it is never matched."""
    found = _split(request)
    strict = _is_known(request.fields, route)
    refusal = found.refusal or _varied(request.fields, route) or refused_text(found.text, strict=strict)
    if refusal:
        return Question(origin.circle, 0, "", origin.principal, refusal)
    rest = material(_without(request, found.fields), wire, route)
    if isinstance(rest, Bypass):
        return Question(origin.circle, 0, "", origin.principal, NO_QUESTION)
    return Question(origin.circle, origin.scope(rest), found.text, origin.principal)


def _without(request: Request, fields: dict[str, Any]) -> Request:
    return Request(request.operation, request.model, fields, request.tokens_in_bound)


def _split(request: Request) -> _Split:
    match request.operation:
        case "chat":
            return _of_messages(request.fields)
        case "completion":
            prompt = request.fields["prompt"]
            if not isinstance(prompt, str):
                return _Split(refusal=NO_QUESTION)
            return _Split(prompt, {**request.fields, "prompt": BLANK})
        case _:
            return _Split(refusal=NO_QUESTION)  # the vector of one text is never that of another


def _of_messages(fields: dict[str, Any]) -> _Split:
    *before, last = fields["messages"]
    if any(_is_attached(part) for message in fields["messages"] for part in _parts(message)):
        return _Split(refusal=ATTACHED)
    if last.get("role") != "user":
        return _Split(refusal=NO_QUESTION)
    content = last.get("content")
    if isinstance(content, str):
        return _Split(content, {**fields, "messages": [*before, {**last, "content": BLANK}]})
    parts = _parts(last)
    if len(parts) != 1:
        return _Split(refusal=NO_QUESTION)
    (part,) = parts
    blank = [{**part, TEXT: BLANK}]
    return _Split(part[TEXT], {**fields, "messages": [*before, {**last, "content": blank}]})


def _parts(message: dict[str, Any]) -> list[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _is_attached(part: Any) -> bool:
    """Whether a part of a message is no plain text."""
    return not (isinstance(part, dict) and part.get("type") == TEXT and isinstance(part.get(TEXT), str))


def _is_known(fields: dict[str, Any], route: Route) -> bool:
    """Whether a model may know whose request it is: by a field that no key has, or by what a tool tells."""
    telling = (*TOLD_BY, *(() if route.partition_by_user else USER))
    return any(fields.get(name) for name in telling)


def _varied(fields: dict[str, Any], route: Route) -> str:
    """The rule by which a request wants an answer of its own, empty where none does."""
    if fields.get("web_search_options") is not None:
        return TIMELY
    if fields.get("echo"):
        return ECHOED
    several = any((fields.get(name) or 1) > 1 for name in ("n", "best_of"))
    drawn = fields.get("seed") is not None or bool(fields.get("logprobs")) or bool(fields.get("temperature"))
    return VARIETY if several or (drawn and route.cache_sampling != "any") else ""
