"""What OpenAI's operations have in common: the fields that have to be read, usage, errors, events."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeGuard

import msgspec

from pantler.core.errors import ProviderError
from pantler.core.lengths import own_length
from pantler.gateway.merging import merged
from pantler.gateway.parsing import fault, parse
from pantler.gateway.wire import Fault, Request

ATTACHMENT_TOKENS: Final = (
    50_000  # an image by its address: 2,833 + 5,667 for each of 8 tiles at the dearest, rounded up
)
MOST_CHOICES: Final = 128
HEAD: Final = ("id", "created", "model", "system_fingerprint", "service_tier")  # what every piece repeats
FEW_WORDS: Final = re.compile(r"\s*(?:\S+\s*){1,8}|\s+")  # what a piece holds of an answer that came whole

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_Check = Callable[[Any], bool]


class ServerSentEvents:
    """Events that carry nothing but data; `[DONE]` ends them."""

    end = b"data: [DONE]\n\n"

    def event(self, piece: bytes, *, with_usage: bool) -> bytes:
        """A piece as one event; its usage is taken out where the client did not ask for it."""
        if not with_usage and b'"usage"' in piece:
            piece = without_usage(piece)
        if b"\n" in piece or b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
        return b"data: " + piece + b"\n\n" if piece else b""

    def remark(self, lines: Iterable[bytes]) -> bytes:
        """Comments, as the format has them."""
        return b"".join([b": " + line + b"\n" for line in lines]) + b"\n"


def without_usage(piece: bytes) -> bytes:
    """A piece that says nothing of usage, empty where it said nothing else."""
    try:
        value = _decode(piece)
    except (ValueError, RecursionError):
        return piece
    if not isinstance(value, dict) or "usage" not in value:
        return piece
    if value.pop("usage") is not None and not value.get("choices"):
        return b""
    return _encode(value)


def error(fault: Fault) -> bytes:
    """A fault in the shape of OpenAI's errors."""
    return _encode({"error": {"message": fault.message, "type": fault.kind, "param": fault.param, "code": fault.code}})


def read(body: bytes, most_depth: int) -> dict[str, Any] | Fault:
    """A body's fields, or what is wrong with it or with those of them that pantler itself goes by.

    All others are the upstream's to judge.
    """
    fields = parse(body, most_depth)
    if not isinstance(fields, dict):
        return fields
    for name, fits, must in CHECKS:
        if name in fields and (value := fields[name]) is not None and not fits(value):
            return fault("invalid_type", f"{name!r} must be {must}", name)
    if not fields.get("model"):
        return fault("missing_model", "'model' is missing; GET /v1/models lists the names that can be asked", "model")
    return fields


def request(
    operation: str, fields: dict[str, Any], size_bytes: int, *, attachments: int = 0, prompts: int = 1
) -> Request:
    """A request whose fields have been checked; each of its `prompts` is answered on its own."""
    options = fields.get("stream_options")
    choices = prompts * max(fields.get("n") or 1, fields.get("best_of") or 1)
    return Request(
        operation,
        fields["model"],
        fields,
        size_bytes + attachments * ATTACHMENT_TOKENS,  # no tokeniser makes more tokens than there are bytes
        _most_out(fields, choices),
        fields.get("stream") is True,
        options is not None and options.get("include_usage") is True,
        choices,
    )


def inputs(value: str | list[Any]) -> int:
    """How many texts a prompt or an input holds; a list of numbers is one text, given as tokens."""
    return len(value) if isinstance(value, list) and value and not is_count(value[0]) else 1


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number of things."""
    return type(value) is int and 0 <= value < 1 << 53


def whole_object(whole: bytes) -> dict[str, Any] | None:
    """An answer as a dictionary, None where it is none."""
    try:
        value = _decode(whole)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def joined(pieces: Sequence[bytes]) -> dict[str, Any]:
    """The pieces of a stream as one object with its choices in order; ProviderError where they are no such pieces."""
    found = [whole_object(piece) for piece in pieces]
    objects = [piece for piece in found if piece is not None]
    if len(objects) < len(found) or not any(piece.get("choices") for piece in objects):
        raise ProviderError(
            "the upstream's stream holds no pieces of an answer; is its base_url right?", kind="garbage"
        )
    whole = merged(objects)
    whole.pop("obfuscation", None)  # padding
    choices = whole["choices"]
    if not (isinstance(choices, list) and all(isinstance(choice, dict) for choice in choices)):
        raise ProviderError("the upstream's stream holds choices that are no objects", kind="garbage")
    choices.sort(key=lambda choice: index if is_count(index := choice.get("index")) else 0)
    return whole


def streamed(whole: bytes, kind: str, pieces_of: Callable[[dict[str, Any]], Iterable[dict[str, Any]]]) -> list[bytes]:
    """A whole answer as pieces, its usage the last of them; ProviderError where it is no answer.

    `kind` is what a piece calls itself; `pieces_of` makes those of one choice.
    """
    answer = whole_object(whole)
    choices = answer.get("choices") if answer is not None else None
    if answer is None or not (choices and isinstance(choices, list) and all(isinstance(one, dict) for one in choices)):
        raise ProviderError("the upstream's answer holds no choices; is its base_url right?", kind="garbage")
    head: dict[str, Any] = {**{name: answer[name] for name in HEAD if name in answer}, "object": kind}
    pieces = [{**head, "choices": [piece]} for choice in choices for piece in pieces_of(choice)]
    usage = answer.get("usage")
    pieces[-1].update((name, value) for name, value in answer.items() if name not in {*head, "choices", "usage"})
    if usage is not None:
        pieces.append({**head, "choices": [], "usage": usage})
    return [_encode(piece) for piece in pieces]


def flaw(request: Request, answer: dict[str, Any], *, prompts: int = 1) -> str | None:
    """Why an answer may not be kept as far as every operation with choices tells; `choices` can be relied on after.

    Each of the request's `prompts` asks for choices of its own.
    """
    choices = answer.get("choices")
    if "error" in answer and answer["error"] is not None:
        return "an error"
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        return "no choices"
    if len(choices) < prompts * (request.fields.get("n") or 1):
        return "fewer answers than asked"
    return next((unfinished for choice in choices if (unfinished := _unfinished(request, choice))), None)


def _unfinished(request: Request, choice: dict[str, Any]) -> str | None:
    match choice.get("finish_reason"):
        case "stop" | "tool_calls" | "function_call":
            return None
        case "length":  # whole where the client set the length itself: the bound is in the key
            return None if request.tokens_out_bound is not None else "cut by the model's own length"
        case "content_filter":
            return "filtered"
        case None:
            return "cut"
        case _:
            return "ended for an unknown reason"


def _most_out(fields: dict[str, Any], choices: int) -> int | None:
    length = own_length(fields)
    if length is None:
        return None
    prediction = fields.get("prediction")  # tokens predicted in vain are charged like tokens out
    return length * choices + (len(_encode(prediction)) if prediction is not None else 0)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_choice_count(value: object) -> bool:
    return is_count(value) and 1 <= value <= MOST_CHOICES


def _is_whole(value: object) -> bool:
    return type(value) is int


CHECKS: Final[tuple[tuple[str, _Check, str], ...]] = (
    ("model", _is_text, "text, a name that GET /v1/models lists"),
    ("stream", _is_flag, "true or false"),
    ("stream_options", _is_object, "an object"),
    ("user", _is_text, "text"),
    ("n", _is_choice_count, f"a whole number from 1 to {MOST_CHOICES}"),
    ("best_of", _is_choice_count, f"a whole number from 1 to {MOST_CHOICES}"),
    ("max_tokens", _is_whole, "a whole number"),
    ("max_completion_tokens", _is_whole, "a whole number"),
)
